/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import java.util.Map;
import java.util.TreeMap;

/**
 * What goes wrong on the first connection of a {@link World}.
 *
 * @param replies what the server says in place of its own replies, by their numbers from 0, the greeting
 * @param lax whether the server takes recipients although it has refused MAIL
 * @param place where the connection breaks
 * @param octets how many pass before
 * @param end how it breaks
 * @param together whether replies come in one read as far as the server gives them together
 */
record WorldFault(Map<Integer, Said> replies, boolean lax, Place place, int octets, End end, boolean together) {
    static final WorldFault NONE = new WorldFault(Map.of(), false, Place.NOWHERE, 0, End.CLOSE, false);

    /** In place of the number of a reply: the one that comes while content is under way. */
    static final int EARLY = -1;

    /** What a server may say to anything. */
    enum Said {
        OK("250"),
        GO_ON("354"),
        CHALLENGE("334"),
        LATER("451"),
        NO("554"),
        CLOSING("421"),
        /** The same, and the connection stays open. */
        CLOSING_AND_STAYS("421"),
        OUT_OF_PLACE("503"),
        WORN_OUT("452 4.5.3"),
        LOG_IN_FIRST("530"),
        BYE("221"),
        READY("220"),
        /** Of a class that SMTP has no use for (RFC 5321 section 4.2.1). */
        PRELIMINARY("150"),
        /** No reply at all. */
        GARBAGE("eh?"),
        /** Lines that contradict each other (R-5321-06). */
        TWO_CODES("250-yes\r\n550");

        private final String start;

        Said(String start) {
            this.start = start;
        }

        /** 0 if it is no reply. */
        int code() {
            return this == GARBAGE || this == TWO_CODES ? 0 : Integer.parseInt(start.substring(0, 3));
        }

        String line(String tag) {
            return start + (this == CHALLENGE ? " Zm9v" : " " + tag) + "\r\n";
        }
    }

    enum Place {
        NOWHERE,
        /** The client gets so many octets. */
        SERVER_SPEAKS,
        /** The server gets so many octets; the rest is lost on the way. */
        SERVER_HEARS,
        /** The client's socket takes so many octets. */
        SOCKET_TAKES,
        /** The same, and the server then says something about the content that it is still being sent. */
        CONTENT_STOPS
    }

    enum End {
        CLOSE,
        RESET,
        /** Nothing moves any more. */
        STALL,
        /** Writes fail; what the server has said can be read. */
        BREAK
    }

    WorldFault saying(int number, Said said) {
        Map<Integer, Said> more = new TreeMap<>(replies);
        more.put(number, said);
        return new WorldFault(more, lax, place, octets, end, together);
    }

    WorldFault ofLaxServer() {
        return new WorldFault(replies, true, place, octets, end, together);
    }

    WorldFault cut(Place where, int after, End how) {
        return new WorldFault(replies, lax, where, after, how, together);
    }

    WorldFault inOneRead() {
        return new WorldFault(replies, lax, place, octets, end, true);
    }

    /** As many octets as pass at that place. */
    int limit(Place where) {
        return place == where ? octets : Integer.MAX_VALUE;
    }
}
