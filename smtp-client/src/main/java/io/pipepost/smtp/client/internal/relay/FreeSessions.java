/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sessions that asked for work when there was none: idle ones, and busy ones with room. Guarded by the pool's lock. */
public final class FreeSessions {
    private final SessionList idle = new SessionList();
    private final SessionList withRoom = new SessionList();

    public int idle() {
        return idle.size();
    }

    boolean isEmpty() {
        return idle.size() + withRoom.size() == 0;
    }

    /** Adds a session, or moves it: it was used last. */
    public void add(Place session, boolean isIdle) {
        remove(session);
        (isIdle ? idle : withRoom).push(session);
    }

    /** Takes the idle session used last, else the one with room used last; null if there is none. */
    @Nullable
    Place take() {
        Place session = idle.poll();
        return session == null ? withRoom.poll() : session;
    }

    public void remove(Place session) {
        SessionList list = session.list;
        if (list != null) {
            list.remove(session);
        }
    }

    /** Takes a session out that is still idle; false if it has got work in the meantime. */
    public boolean claimIdle(Place session) {
        return idle.remove(session);
    }

    public void drainTo(List<Place> out) {
        idle.drainTo(out);
        withRoom.drainTo(out);
    }
}
