/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Trust;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the servers behind one relay have shown, and what the caller knows of them beforehand. What was proved belongs to
 * an address and its answer to EHLO, since a name may stand for many machines. Thread-safe.
 */
public final class HostRecord {
    /** Hosts that are remembered; more are met anew. */
    private static final int MOST_HOSTS = 1_000;

    private final @Nullable Trust stated;
    private final TrainDepth depth;

    /** The host that was met last is the last. */
    @GuardedBy("itself")
    private final Map<Host, ChunkProof> proofs = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Host, ChunkProof> eldest) {
            return size() > MOST_HOSTS;
        }
    };

    /** Whether servers are known to be silent where they should greet. */
    private final AtomicBoolean silent = new AtomicBoolean();

    private record Host(SocketAddress address, List<String> ehlo) {}

    private HostRecord(@Nullable Trust stated, TrainDepth depth) {
        this.stated = stated;
        this.depth = depth;
    }

    /**
     * The record of a relay that has shown nothing yet.
     *
     * @param stated what the caller knows of it; null for nothing
     * @param flight how much the caller allows
     * @return a new record
     */
    public static HostRecord of(@Nullable Trust stated, FlightOptions flight) {
        int most = flight.transactionsInFlight();
        return new HostRecord(stated, stated == Trust.TRAIN ? TrainDepth.known(most) : new TrainDepth(most));
    }

    /**
     * The record of a relay that takes content by BDAT.
     *
     * @param depth what is known of it beside that
     * @return a new record
     */
    public static HostRecord trusting(TrainDepth depth) {
        return new HostRecord(Trust.FLIGHT, depth);
    }

    /** What the caller knows beforehand. */
    @Nullable
    public Trust stated() {
        return stated;
    }

    public TrainDepth depth() {
        return depth;
    }

    /** A server does not greet; true if that is news. */
    public boolean isFirstSilence() {
        return silent.compareAndSet(false, true);
    }

    public void onGreeted() {
        silent.set(false);
    }

    /** What is known of one host's chunks; the same for all of its sessions. */
    public ChunkProof chunksOf(SocketAddress address, List<String> ehlo) {
        synchronized (proofs) {
            return proofs.computeIfAbsent(new Host(address, ehlo), host -> new ChunkProof(stated));
        }
    }
}
