/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.netty.handler.ssl.OpenSsl;
import io.pipepost.smtp.mail.TlsFacts;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The demonstration's last page.
 *
 * @param sent what went through the pool
 * @param comparison of all that was sent with what the server holds
 * @param meter watched the pool
 */
record DemoReport(List<DemoMessages.Demo> sent, DemoComparison comparison, FlightMeter meter) {
    /** Besides what went through the pool, the server holds the message whose dialogue was shown. */
    private int total() {
        return sent.size() + 1;
    }

    boolean isComplete() {
        return comparison.isComplete(total());
    }

    void print(PrintStream out, double seconds) {
        row(
                out,
                "messages",
                "%,d of %,d to %,d octets; %,d with dots at line starts, %,d 8-bit,%n%18s%,d without a final"
                        + " line end",
                sent.size(),
                smallest(),
                largest(),
                count(DemoMessages.Demo::hasDotAtLineStart),
                count(DemoMessages.Demo::isEightBit),
                "",
                count(demo -> !demo.endsItsLastLine()));
        row(
                out,
                "time",
                "%.2f s: %,.0f messages/s, %.1f MB/s",
                seconds,
                sent.size() / seconds,
                octets() / 1e6 / seconds);
        row(out, "connections", "%d", meter.sessions());
        row(
                out,
                "flights",
                "%,d, a round trip each; one command at a time takes %,d: %.0f %% saved",
                meter.flights(),
                lockStep(),
                100.0 * (lockStep() - meter.flights()) / lockStep());
        row(out, "TLS", "%s", tls());
        row(
                out,
                "byte for byte",
                "%,d of %,d messages at the server equal what was sent%s",
                comparison.equal(),
                comparison.held(),
                isComplete() ? "" : ", EXPECTED " + total());
    }

    private static void row(PrintStream out, String label, String format, Object... values) {
        out.printf("  %-14s  ", label);
        out.printf(Locale.ROOT, format + "%n", values);
    }

    private long count(Predicate<DemoMessages.Demo> what) {
        return sent.stream().filter(what).count();
    }

    private int smallest() {
        return sent.stream().mapToInt(demo -> demo.content().length).min().orElse(0);
    }

    private int largest() {
        return sent.stream().mapToInt(demo -> demo.content().length).max().orElse(0);
    }

    private long octets() {
        return sent.stream().mapToLong(demo -> demo.content().length).sum();
    }

    /** MAIL, each RCPT, DATA, and the content. */
    private long lockStep() {
        return sent.stream()
                .mapToLong(demo -> 3L + demo.message().envelope().recipients().size())
                .sum();
    }

    private String tls() {
        String facts = meter.tls().stream().map(DemoReport::describe).sorted().collect(Collectors.joining("; "));
        return facts + ", " + (OpenSsl.isAvailable() ? OpenSsl.versionString() : "the JDK's engine");
    }

    private static String describe(TlsFacts tls) {
        return tls.protocol() + " " + tls.cipherSuite() + (tls.verified() ? ", verified" : ", NOT VERIFIED");
    }
}
