/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.codec.PathArgument;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The mail transaction of one session (RFC 5321 section 3.3): envelope and content until they are taken or dropped. */
final class SinkTransaction {
    private static final Reply MAIL_OK = Reply.of(250, "2.1.0 Ok");
    private static final Reply RCPT_OK = Reply.of(250, "2.1.5 Ok");
    private static final Reply START_MAIL_INPUT = Reply.of(354, "End data with <CR><LF>.<CR><LF>");
    private static final Reply NESTED_MAIL = Reply.of(503, "5.5.1 Nested MAIL command");
    private static final Reply NEED_MAIL = Reply.of(503, "5.5.1 Need MAIL command");
    private static final Reply NEED_RCPT = Reply.of(503, "5.5.1 Need RCPT command");
    private static final Reply INSIDE_BDAT = Reply.of(503, "5.5.1 Not between chunks");
    private static final Reply NO_VALID_RECIPIENTS = Reply.of(554, "5.5.1 No valid recipients");
    private static final Reply TOO_BIG = Reply.of(552, "5.3.4 Message too big");
    private static final Reply TOO_MANY = Reply.of(452, "4.5.3 Too many recipients");
    private static final Reply UNKNOWN_PARAMETER = Reply.of(555, "5.5.4 Parameter not recognized");
    private static final Reply BAD_SIZE = Reply.of(501, "5.5.4 Bad SIZE");
    private static final Reply NEED_SMTPUTF8 = Reply.of(553, "5.6.7 Address needs SMTPUTF8");

    private final SinkConfig config;
    private @Nullable PathArgument from;
    private final List<String> recipients = new ArrayList<>();
    private boolean sawRcpt;
    private boolean chunking;
    private boolean failed;
    private @Nullable ByteBuf content;
    private long octets;

    SinkTransaction(SinkConfig config) {
        this.config = config;
    }

    boolean isOpen() {
        return from != null;
    }

    void reset() {
        from = null;
        recipients.clear();
        sawRcpt = false;
        chunking = false;
        failed = false;
        octets = 0;
        if (content != null) {
            content.release();
            content = null;
        }
    }

    Reply mail(String argument) {
        if (from != null) {
            return NESTED_MAIL;
        }
        PathArgument path;
        try {
            path = PathArgument.parse("FROM:", argument);
        } catch (SmtpSyntaxException e) {
            return Reply.of(501, "5.1.7 Bad sender: " + e.getMessage());
        }
        Reply fault = checkParameters(path);
        if (fault == null) {
            from = path;
        }
        return fault == null ? MAIL_OK : fault;
    }

    private @Nullable Reply checkParameters(PathArgument path) {
        for (String parameter : path.parameters()) {
            int equals = parameter.indexOf('=');
            String keyword = (equals < 0 ? parameter : parameter.substring(0, equals)).toUpperCase(Locale.ROOT);
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            Reply fault = checkParameter(keyword, value);
            if (fault != null) {
                return fault;
            }
        }
        return isAscii(path.path()) || path.parameter("SMTPUTF8") != null ? null : NEED_SMTPUTF8;
    }

    private @Nullable Reply checkParameter(String keyword, String value) {
        boolean known = switch (keyword) {
            case "SIZE" -> config.offers("SIZE");
            case "BODY" ->
                config.offers("8BITMIME") && (value.equalsIgnoreCase("7BIT") || value.equalsIgnoreCase("8BITMIME"));
            case "SMTPUTF8" -> config.offers("SMTPUTF8") && value.isEmpty();
            case "AUTH" ->
                config.offers("AUTH") && !config.account().mechanisms().isEmpty();
            // Who announces extensions of his own means their parameters to be taken.
            default -> !config.extraLines().isEmpty();
        };
        if (!known) {
            return UNKNOWN_PARAMETER;
        }
        return keyword.equals("SIZE") ? checkSize(value) : null;
    }

    private @Nullable Reply checkSize(String value) {
        try {
            return Long.parseUnsignedLong(value) > config.maxSize() && config.maxSize() > 0 ? TOO_BIG : null;
        } catch (NumberFormatException e) {
            return BAD_SIZE;
        }
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** {@code refusal} is what a rule says to this command, or null. */
    Reply rcpt(String argument, @Nullable Reply refusal) {
        if (from == null) {
            return NEED_MAIL;
        }
        if (chunking) {
            return INSIDE_BDAT;
        }
        PathArgument path;
        try {
            path = PathArgument.parse("TO:", argument);
        } catch (SmtpSyntaxException e) {
            return Reply.of(501, "5.1.3 Bad recipient: " + e.getMessage());
        }
        sawRcpt = true;
        Reply fault = refusal != null ? refusal : checkRecipient(path, from);
        if (fault == null) {
            recipients.add(path.path());
        }
        return fault == null ? RCPT_OK : fault;
    }

    private @Nullable Reply checkRecipient(PathArgument path, PathArgument sender) {
        if (path.path().isEmpty()) {
            return Reply.of(501, "5.1.3 Empty recipient");
        }
        if (!path.parameters().isEmpty() && config.extraLines().isEmpty()) {
            return UNKNOWN_PARAMETER;
        }
        if (!isAscii(path.path()) && sender.parameter("SMTPUTF8") == null) {
            return NEED_SMTPUTF8;
        }
        return recipients.size() < config.maxRecipients() ? null : TOO_MANY;
    }

    Reply data() {
        if (chunking) {
            return INSIDE_BDAT;
        }
        Reply fault = contentFault();
        return fault == null ? START_MAIL_INPUT : fault;
    }

    /** Opens a chunk; the reply says why its octets are to be dropped. */
    @Nullable
    Reply bdat() {
        Reply fault = failed ? NEED_MAIL : contentFault();
        chunking = from != null;
        failed |= fault != null && from != null;
        return fault;
    }

    /** RFC 3030 section 2: behind a chunk that was refused only RSET helps. */
    void fail() {
        failed = true;
    }

    private @Nullable Reply contentFault() {
        if (from == null) {
            return NEED_MAIL;
        }
        if (!sawRcpt) {
            return NEED_RCPT;
        }
        return recipients.isEmpty() ? NO_VALID_RECIPIENTS : null;
    }

    /** Takes a piece of content, which is released. */
    void append(ByteBuf piece) {
        try {
            octets += piece.readableBytes();
            if (config.receiver() != null && !isTooBig() && !failed) {
                buffer(piece.readableBytes()).writeBytes(piece);
            }
        } finally {
            piece.release();
        }
    }

    private ByteBuf buffer(int firstLength) {
        ByteBuf buffer = content;
        if (buffer == null) {
            // Outside the pool: what a test never closes must not look like a leak of the client's.
            buffer = Unpooled.buffer(firstLength);
            content = buffer;
        }
        return buffer;
    }

    private boolean isTooBig() {
        return config.maxSize() > 0 && octets > config.maxSize();
    }

    @Nullable
    Reply sizeFault() {
        return isTooBig() ? TOO_BIG : null;
    }

    long octets() {
        return octets;
    }

    String reversePath() {
        return from == null ? "" : from.path();
    }

    /** The message as it stands; only between a complete content and {@link #reset()}. */
    Received message(long session, boolean tls, @Nullable String user) {
        byte[] bytes = content == null ? new byte[0] : ByteBufUtil.getBytes(content);
        List<String> parameters = from == null ? List.of() : from.parameters();
        return new Received(session, reversePath(), recipients, parameters, bytes, tls, user);
    }
}
