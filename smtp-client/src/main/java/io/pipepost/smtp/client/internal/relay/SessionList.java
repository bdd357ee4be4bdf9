/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that wait for work, the one that came last first. A session is in one list at most and holds the links itself,
 * so that nothing here costs more with many sessions. Guarded by the pool's lock.
 */
final class SessionList {
    private @Nullable Place first;
    private int size;

    int size() {
        return size;
    }

    void push(Place session) {
        assert session.list == null;
        Place second = first;
        session.list = this;
        session.next = second;
        if (second != null) {
            second.previous = session;
        }
        first = session;
        size++;
    }

    @Nullable
    Place poll() {
        Place session = first;
        if (session != null) {
            remove(session);
        }
        return session;
    }

    /** Takes a session out; false if it is not in this list. */
    boolean remove(Place session) {
        if (session.list != this) {
            return false;
        }
        Place before = session.previous;
        Place after = session.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        session.list = null;
        session.previous = null;
        session.next = null;
        size--;
        return true;
    }

    void drainTo(List<Place> out) {
        for (Place session = poll(); session != null; session = poll()) {
            out.add(session);
        }
    }
}
