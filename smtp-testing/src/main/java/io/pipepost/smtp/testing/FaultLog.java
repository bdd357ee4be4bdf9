/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.util.ArrayDeque;
import java.util.List;

/** The latest events of a proxy; written by event loops, read by anyone. */
final class FaultLog {
    static final int KEPT = 10_000;

    private final ArrayDeque<FaultEvent> events = new ArrayDeque<>();

    synchronized void add(FaultEvent event) {
        if (events.size() == KEPT) {
            events.removeFirst();
        }
        events.add(event);
    }

    synchronized List<FaultEvent> events() {
        return List.copyOf(events);
    }
}
