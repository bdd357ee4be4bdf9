/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.relay.Place;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Where a transaction goes: to a session, into the queue, or nowhere yet.
 *
 * @param session a session with room, now claimed
 * @param toOpen sessions to be opened
 * @param room opens when there may be room in the queue
 * @param refused whether the pool takes nothing any more
 */
record Placement(
        @Nullable Place session,
        List<Place> toOpen,
        @Nullable CountDownLatch room,
        boolean refused) {}
