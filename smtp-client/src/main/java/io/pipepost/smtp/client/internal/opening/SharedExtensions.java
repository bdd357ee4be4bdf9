/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What servers announced lately. A server says the same on each of thousands of connections; one copy will do.
 * Thread-safe; a lost entry costs memory, nothing else.
 */
final class SharedExtensions {
    private static final int PLACES = 32;
    private static final AtomicReferenceArray<@Nullable Extensions> RECENT = new AtomicReferenceArray<>(PLACES);

    private SharedExtensions() {}

    /** What a positive reply to EHLO announces. */
    static Extensions of(Reply reply) {
        List<String> lines = reply.lines().subList(1, reply.lines().size());
        int place = lines.hashCode() & (PLACES - 1);
        Extensions known = RECENT.get(place);
        if (known != null && known.lines().equals(lines)) {
            return known;
        }
        Extensions parsed = Extensions.parse(reply);
        RECENT.set(place, parsed);
        return parsed;
    }
}
