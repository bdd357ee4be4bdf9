/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a message says and brings along, and the structure that it gets from that (R-2046-02):
 *
 * <pre>
 *   multipart/mixed
 *     multipart/related
 *       multipart/alternative
 *         text/plain, text/html, text/calendar
 *       inline parts
 *     attachments
 * </pre>
 */
final class BodyTree {
    private static final String METHOD = "METHOD:";

    private @Nullable Entity text;
    private @Nullable Entity html;
    private @Nullable Entity calendar;
    private final List<Attachment> inline = new ArrayList<>();
    private final List<Attachment> attachments = new ArrayList<>();

    void text(String plain) {
        text = Entity.ofText("text", MediaType.of("text/plain"), plain);
    }

    void html(String markup) {
        html = Entity.ofText("html", MediaType.of("text/html"), markup);
    }

    /** RFC 6047 section 2.4: the type has the method of the calendar. */
    void calendar(String iCalendar) {
        MediaType type = MediaType.of("text/calendar").with("method", method(iCalendar));
        calendar = Entity.ofText("calendar", type, iCalendar);
    }

    private static String method(String iCalendar) {
        String method = iCalendar
                .lines()
                .filter(line -> line.regionMatches(true, 0, METHOD, 0, METHOD.length()))
                .map(line -> line.substring(METHOD.length()).strip())
                .findFirst()
                .orElse("");
        if (!HeaderText.isToken(method)) {
            throw new SmtpSyntaxException("calendar: expected a line such as METHOD:REQUEST (RFC 5546)", -1);
        }
        return method;
    }

    void inline(Attachment part) {
        if (part.contentId() == null) {
            throw new SmtpSyntaxException("an inline part needs a Content-ID, which HTML refers to", -1);
        }
        inline.add(part);
    }

    void attach(Attachment file) {
        attachments.add(file);
    }

    Entity root(RandomGenerator random) {
        requireSense();
        List<Entity> inlineParts =
                inline.stream().map(part -> part.entity("inline")).toList();
        List<Entity> files =
                attachments.stream().map(file -> file.entity("attachment")).toList();
        List<Entity> texts =
                Stream.of(text, html, calendar).flatMap(Stream::ofNullable).toList();
        List<Body> bodies = Stream.of(texts, inlineParts, files)
                .flatMap(List::stream)
                .flatMap(Entity::bodies)
                .toList();
        Boundaries boundaries = new Boundaries(random, bodies);
        if (files.isEmpty()) {
            return shown(texts, inlineParts, boundaries);
        }
        List<Entity> all = new ArrayList<>();
        if (!texts.isEmpty()) {
            all.add(shown(texts, inlineParts, boundaries));
        }
        all.addAll(files);
        return Entity.mixed(all, boundaries);
    }

    private static Entity shown(List<Entity> texts, List<Entity> inlineParts, Boundaries boundaries) {
        List<Entity> related = new ArrayList<>();
        related.add(Entity.alternative(texts, boundaries));
        related.addAll(inlineParts);
        return Entity.related(related, boundaries);
    }

    private void requireSense() {
        if (text == null && html == null && calendar == null && attachments.isEmpty()) {
            throw new SmtpSyntaxException("a message needs a text, HTML, a calendar or an attachment", -1);
        }
        if (html == null && !inline.isEmpty()) {
            throw new SmtpSyntaxException("inline parts need HTML that refers to them", -1);
        }
        Set<String> ids = new HashSet<>();
        Stream.concat(inline.stream(), attachments.stream())
                .map(Attachment::contentId)
                .flatMap(Stream::ofNullable)
                .filter(id -> !ids.add(id))
                .findFirst()
                .ifPresent(id -> {
                    throw new SmtpSyntaxException("two parts have the Content-ID " + id, -1);
                });
    }
}
