/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A message or a part of one (RFC 2045 section 2.4): MIME header fields, and a body or more parts. */
sealed interface Entity {
    MediaType type();

    /** All bodies below, in order. */
    Stream<Body> bodies();

    /** The MIME header fields; a multipart has its boundary by then. */
    List<HeaderField> fields();

    /** Writes what comes behind the empty line under the fields. */
    void writeBody(Assembly to);

    default void writePart(Assembly to) {
        fields().forEach(field -> to.write(field.octets()));
        to.write("\r\n");
        writeBody(to);
    }

    static Entity ofText(String what, MediaType type, String text) {
        return new Leaf(type.with("charset", "UTF-8"), List.of(), Body.ofText(what, text));
    }

    /** R-2046-02: one part is no multipart. */
    static Entity alternative(List<Entity> parts, Boundaries boundaries) {
        return parts.size() == 1
                ? parts.get(0)
                : new Multipart(MediaType.of("multipart/alternative"), parts, boundaries.next());
    }

    /** RFC 2387: the parameter tells what the first part is. */
    static Entity related(List<Entity> parts, Boundaries boundaries) {
        MediaType type = MediaType.of("multipart/related")
                .with("type", parts.get(0).type().name());
        return parts.size() == 1 ? parts.get(0) : new Multipart(type, parts, boundaries.next());
    }

    static Entity mixed(List<Entity> parts, Boundaries boundaries) {
        return new Multipart(MediaType.of("multipart/mixed"), parts, boundaries.next());
    }

    /**
     * One body.
     *
     * @param others fields beyond Content-Type and Content-Transfer-Encoding
     */
    record Leaf(MediaType type, List<HeaderField> others, Body body) implements Entity {
        @Override
        public Stream<Body> bodies() {
            return Stream.of(body);
        }

        @Override
        public List<HeaderField> fields() {
            List<HeaderField> fields = new ArrayList<>();
            fields.add(type.field());
            fields.add(body.encoding().field());
            fields.addAll(others);
            return fields;
        }

        @Override
        public void writeBody(Assembly to) {
            to.write(body);
        }
    }

    /** Several parts (RFC 2046 section 5.1). No field says how it is encoded: 7bit is the default. */
    record Multipart(MediaType type, List<Entity> parts, String boundary) implements Entity {
        @Override
        public Stream<Body> bodies() {
            return parts.stream().flatMap(Entity::bodies);
        }

        @Override
        public List<HeaderField> fields() {
            return List.of(type.with("boundary", boundary).field());
        }

        @Override
        public void writeBody(Assembly to) {
            for (Entity part : parts) {
                to.write("--" + boundary + "\r\n");
                part.writePart(to);
                // Belongs to the boundary behind it, not to the part.
                to.write("\r\n");
            }
            to.write("--" + boundary + "--");
        }
    }
}
