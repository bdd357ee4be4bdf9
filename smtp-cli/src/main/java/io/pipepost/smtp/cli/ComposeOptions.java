/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailAddress;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a message is composed of. */
final class ComposeOptions {
    static final String ALL = "--subject, --text, --html, --attach, --inline or --header";

    /** Text is held in memory; what is larger belongs into an attachment. */
    private static final int MAX_TEXT = 16 << 20;

    private static final String STANDARD_INPUT = "-";

    @Option(names = "--subject", paramLabel = "TEXT", description = "Composes a message with this subject.")
    private @Nullable String subject;

    @Option(
            names = "--text",
            paramLabel = "TEXT|-",
            description = "Composes a message that says this; - is standard input, in UTF-8.")
    private @Nullable String text;

    @Option(
            names = "--html",
            paramLabel = "HTML|-",
            description = "Composes a message that says this; with --text, readers choose.")
    private @Nullable String html;

    @Option(names = "--attach", paramLabel = "FILE", description = "Attaches a file; repeatable.")
    private List<String> attached = new ArrayList<>();

    @Option(
            names = "--inline",
            paramLabel = "CID=FILE",
            description = "A picture that --html refers to as cid:CID, where CID is like logo or logo@example.com;"
                    + " repeatable.")
    private List<String> inline = new ArrayList<>();

    @Option(
            names = "--header",
            paramLabel = "'NAME: VALUE'",
            description = "Another header field, such as 'Reply-To: jo@example.com'; repeatable.")
    private List<String> headers = new ArrayList<>();

    /** The first of these options that was given; null if there is none. */
    @Nullable
    String firstUsed() {
        if (subject != null) {
            return "--subject";
        }
        if (text != null) {
            return "--text";
        }
        if (html != null) {
            return "--html";
        }
        if (!attached.isEmpty()) {
            return "--attach";
        }
        if (!inline.isEmpty()) {
            return "--inline";
        }
        return headers.isEmpty() ? null : "--header";
    }

    /** Composes the message; what the options got wrong is a {@link UsageException} that names the option. */
    MailMessage compose(String from, List<String> to, List<String> cc, List<String> bcc, InputStream standardInput) {
        MailMessage.Builder builder = MailMessage.builder();
        boolean hasFrom = addHeaders(builder);
        checked("--from", () -> addFrom(builder, from, hasFrom));
        to.forEach(address -> checked("--to", () -> builder.to(MailAddress.parse(address))));
        cc.forEach(address -> checked("--cc", () -> builder.cc(MailAddress.parse(address))));
        bcc.forEach(address -> checked("--bcc", () -> builder.bcc(MailAddress.parse(address))));
        if (subject != null) {
            String line = subject;
            checked("--subject", () -> builder.subject(line));
        }
        attached.forEach(file -> builder.attach(attachment("--attach", file)));
        addInline(builder);
        // Last, so that nobody types a text in vain.
        addText(builder, standardInput);
        return build(builder);
    }

    private static MailMessage build(MailMessage.Builder builder) {
        try {
            return builder.build();
        } catch (SmtpSyntaxException e) {
            throw new UsageException("--header: " + e.getMessage());
        } catch (UncheckedIOException e) {
            throw new UsageException("--attach: " + Text.printable(String.valueOf(e.getMessage())));
        }
    }

    private boolean addHeaders(MailMessage.Builder builder) {
        HeaderOption header = new HeaderOption(builder);
        checked("--header", () -> {
            headers.forEach(header::add);
            header.end();
        });
        return header.hasFrom();
    }

    private static void addFrom(MailMessage.Builder builder, String from, boolean hasFrom) {
        if (from.isEmpty()) {
            if (!hasFrom) {
                throw new SmtpSyntaxException(
                        "nobody can read the null reverse-path, add --header 'From: ADDR' or give an address", -1);
            }
            builder.reversePath("");
            return;
        }
        MailAddress sender = MailAddress.parse(from);
        builder.reversePath(sender.mailbox().toString());
        if (!hasFrom) {
            builder.from(sender);
        }
    }

    private void addText(MailMessage.Builder builder, InputStream standardInput) {
        if (STANDARD_INPUT.equals(text) && STANDARD_INPUT.equals(html)) {
            throw new UsageException("--text and --html cannot both be standard input");
        }
        if (html != null) {
            String markup = read("--html", html, standardInput);
            checked("--html", () -> builder.html(markup));
        }
        // A message may say nothing but its subject.
        if (text != null || (html == null && attached.isEmpty())) {
            String plain = text == null ? "" : read("--text", text, standardInput);
            checked("--text", () -> builder.text(plain));
        }
    }

    private static String read(String option, String value, InputStream standardInput) {
        if (!value.equals(STANDARD_INPUT)) {
            return value;
        }
        try {
            byte[] octets = standardInput.readNBytes(MAX_TEXT + 1);
            if (octets.length > MAX_TEXT) {
                throw new UsageException(option + ": standard input is larger than 16 MiB, attach it as a file");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UsageException(option + ": standard input is not in UTF-8");
        } catch (IOException e) {
            throw new UsageException(option + ": cannot read standard input: " + Text.reason(e));
        }
    }

    private void addInline(MailMessage.Builder builder) {
        if (!inline.isEmpty() && html == null) {
            throw new UsageException("--inline: --html is missing, which refers to what is inline");
        }
        List<String> ids = new ArrayList<>();
        for (String value : inline) {
            int equals = value.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--inline: expected CID=FILE, found no CID with an equals sign");
            }
            String id = value.substring(0, equals);
            if (ids.contains(id)) {
                throw new UsageException("--inline: two files have the CID " + Text.printable(id));
            }
            ids.add(id);
            Attachment file = attachment("--inline", value.substring(equals + 1));
            checked("--inline", () -> builder.inline(file.withContentId(id)));
        }
    }

    private static Attachment attachment(String option, String name) {
        try {
            Path file = Path.of(name);
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new UsageException(option + ": " + Text.printable(name) + " is not a regular file");
            }
            Files.newInputStream(file).close();
            return Attachment.ofFile(file);
        } catch (IOException e) {
            throw new UsageException(option + ": cannot read " + Text.printable(name) + ": " + Text.reason(e));
        } catch (InvalidPathException e) {
            throw new UsageException(option + ": expected the name of a file");
        } catch (SmtpSyntaxException e) {
            throw new UsageException(option + ": " + e.getMessage());
        }
    }

    private static void checked(String option, Runnable step) {
        try {
            step.run();
        } catch (SmtpSyntaxException e) {
            throw new UsageException(option + ": " + e.getMessage());
        }
    }
}
