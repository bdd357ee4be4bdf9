/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Printable;
import io.pipepost.smtp.protocol.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An observer that writes the dialogue down as it happens: {@code C:} and {@code S:} lines, notes between dashes, SASL
 * dialogues as {@code ***}, content as the number of its octets unless all is wanted. Every line is escaped as
 * {@link Printable} does it; of a line of the server's, 512 characters are shown.
 *
 * <pre>{@code
 * SmtpClient.builder("smtp.example.com", 587).observer(Transcript.to(System.err::println))
 * }</pre>
 */
public final class Transcript implements SmtpObserver {
    private final Consumer<String> lines;
    private final boolean full;

    /** Octets of content so far, by session; each entry is used on its session's event loop only. */
    private final Map<Long, Long> contentSoFar = new ConcurrentHashMap<>();

    private Transcript(Consumer<String> lines, boolean full) {
        this.lines = lines;
        this.full = full;
    }

    /**
     * A transcript that shows of content only its length.
     *
     * @param lines gets each line, on event loops, several sessions at the same time
     * @return the observer
     */
    public static Transcript to(Consumer<String> lines) {
        return new Transcript(lines, false);
    }

    /**
     * A transcript that shows content as well.
     *
     * @param lines gets each line, on event loops, several sessions at the same time
     * @return the observer
     */
    public static Transcript full(Consumer<String> lines) {
        return new Transcript(lines, true);
    }

    @Override
    public void connected(long session, String host, int port) {
        show("--- connected to " + host + ":" + port + " ---");
    }

    @Override
    public void tlsStarted(long session, TlsFacts tls) {
        show("--- TLS " + tls.protocol() + " " + tls.cipherSuite() + (tls.verified() ? "" : ", NOT VERIFIED") + " ---");
    }

    @Override
    public void ready(SessionInfo info) {}

    @Override
    public void commandSent(long session, Command command) {
        show("C: " + command.display());
    }

    @Override
    public void replyReceived(long session, Reply reply, boolean secret) {
        int last = reply.lines().size() - 1;
        for (int i = 0; i <= last; i++) {
            String line = Reply.of(reply.code(), reply.lines().get(i)).toString();
            String shown = secret && reply.isIntermediate() ? "334 ***" : line;
            show("S: " + (i == last ? shown : shown.substring(0, 3) + "-" + shown.substring(4)));
        }
    }

    @Override
    public boolean wantsContent() {
        return full;
    }

    @Override
    public void contentSent(long session, long octets, @Nullable ByteBuffer content, boolean last) {
        if (content != null) {
            String text = StandardCharsets.UTF_8.decode(content).toString();
            String whole = text.endsWith("\r\n") ? text.substring(0, text.length() - 2) : text;
            for (String line : whole.split("\r\n", -1)) {
                show("C: " + line);
            }
            return;
        }
        long sum = contentSoFar.getOrDefault(session, 0L) + octets;
        if (last) {
            contentSoFar.remove(session);
            show("C: <" + sum + " octets>");
        } else {
            contentSoFar.put(session, sum);
        }
    }

    @Override
    public void chunksLearnt(String host, int port, boolean possible, @Nullable Reply reply) {
        lines.accept(
                possible
                        ? "--- the server reads a chunk that it refuses: content may go by BDAT ---"
                        : "--- the server has not shown that it reads a chunk which it refuses: content goes by DATA ---");
    }

    @Override
    public void bareLineFeed(long session) {
        show("--- the server ends lines with LF alone ---");
    }

    @Override
    public void silent(long session, String sentence) {
        show("--- " + sentence + " ---");
    }

    @Override
    public void closed(long session, @Nullable Failure failure) {
        contentSoFar.remove(session);
        show(failure == null ? "--- closed ---" : "--- closed: " + failure.message() + " ---");
    }

    private void show(String line) {
        lines.accept(Printable.of(line, Integer.MAX_VALUE));
    }
}
