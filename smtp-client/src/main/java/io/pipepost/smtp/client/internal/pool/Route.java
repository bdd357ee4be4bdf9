/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.transport.SessionConnector;

/** One relay: what opens its sessions, which of them wait for work, and what was learnt about it. */
final class Route {
    private final FreeSessions free = new FreeSessions();
    private final BackOff backOff = new BackOff();

    /** Written under the pool's lock; read by whoever opens a session. */
    private volatile SessionConnector connector;

    /** Sessions of an earlier generation take no more work. Written under the pool's lock; read on event loops. */
    private volatile int generation;

    /** R-5321-83. Written under the pool's lock; read on event loops. */
    private volatile int learntMessagesPerConnection = Integer.MAX_VALUE;

    Route(SessionConnector connector) {
        this.connector = connector;
    }

    FreeSessions free() {
        return free;
    }

    BackOff backOff() {
        return backOff;
    }

    SessionConnector connector() {
        return connector;
    }

    int generation() {
        return generation;
    }

    void replace(SessionConnector successor) {
        int next = generation + 1;
        connector = successor;
        generation = next;
    }

    int learntMessagesPerConnection() {
        return learntMessagesPerConnection;
    }

    void learnMessagesPerConnection(int messages) {
        learntMessagesPerConnection = Math.min(learntMessagesPerConnection, messages);
    }
}
