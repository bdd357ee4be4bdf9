/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.pipepost.smtp.protocol.Verb;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What {@link SmtpSink} has counted since it was started. Thread-safe; read at any time. */
public final class SinkCounters {
    private final AtomicLong connections = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger maxOpen = new AtomicInteger();
    private final AtomicLong messages = new AtomicLong();
    private final LongAdder recipientsAccepted = new LongAdder();
    private final LongAdder recipientsRefused = new LongAdder();
    private final LongAdder octets = new LongAdder();
    private final LongAdder unknownCommands = new LongAdder();

    /** Holds every verb from the start and is never changed, so that all threads may read it. */
    private final Map<Verb, LongAdder> commands = new EnumMap<>(Verb.class);

    SinkCounters() {
        for (Verb verb : Verb.values()) {
            commands.put(verb, new LongAdder());
        }
    }

    private LongAdder counter(@Nullable Verb verb) {
        LongAdder counter = verb == null ? null : commands.get(verb);
        return counter == null ? unknownCommands : counter;
    }

    long connected() {
        maxOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        return connections.incrementAndGet();
    }

    void disconnected() {
        open.decrementAndGet();
    }

    void command(@Nullable Verb verb) {
        counter(verb).increment();
    }

    void recipient(boolean accepted) {
        (accepted ? recipientsAccepted : recipientsRefused).increment();
    }

    void message(long contentOctets) {
        octets.add(contentOctets);
        messages.incrementAndGet();
    }

    /**
     * Connections accepted.
     *
     * @return their number
     */
    public long connections() {
        return connections.get();
    }

    /**
     * Connections that are open now.
     *
     * @return their number
     */
    public int openConnections() {
        return open.get();
    }

    /**
     * The most connections that were open at the same time.
     *
     * @return their number
     */
    public int maxOpenConnections() {
        return maxOpen.get();
    }

    /**
     * Messages accepted.
     *
     * @return their number
     */
    public long messages() {
        return messages.get();
    }

    /**
     * RCPT commands accepted.
     *
     * @return their number
     */
    public long recipientsAccepted() {
        return recipientsAccepted.sum();
    }

    /**
     * RCPT commands refused, whatever the reason.
     *
     * @return their number
     */
    public long recipientsRefused() {
        return recipientsRefused.sum();
    }

    /**
     * Octets of content of the messages accepted, without stuffed dots.
     *
     * @return their number
     */
    public long octets() {
        return octets.sum();
    }

    /**
     * Commands of one verb, refused ones included.
     *
     * @param verb the verb
     * @return their number
     */
    public long commands(Verb verb) {
        return counter(verb).sum();
    }

    /**
     * Lines with a verb that the sink does not know.
     *
     * @return their number
     */
    public long unknownCommands() {
        return unknownCommands.sum();
    }
}
