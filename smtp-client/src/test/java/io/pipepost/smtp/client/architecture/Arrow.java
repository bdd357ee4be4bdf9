/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.awt.Point;
import java.util.List;

/** That one room, or module, uses another. Lines are upright or level. */
record Arrow(Box from, Box to, List<Point> points) {
    /** Straight down. */
    static Arrow down(Box from, Box to, int x) {
        return new Arrow(from, to, List.of(new Point(x, from.bottom()), new Point(x, to.y())));
    }

    /** Out of a side, then down. */
    static Arrow sideDown(Box from, Box to, int below, int x) {
        int y = from.y() + below;
        return new Arrow(from, to, List.of(side(from, x, y), new Point(x, y), new Point(x, to.y())));
    }

    /** Down, then into a side. */
    static Arrow downSide(Box from, Box to, int x, int below) {
        int y = to.y() + below;
        return new Arrow(from, to, List.of(new Point(x, from.bottom()), new Point(x, y), side(to, x, y)));
    }

    /** Out of a side, down along a passage, into a side. */
    static Arrow around(Box from, Box to, int belowFrom, int x, int belowTo) {
        int start = from.y() + belowFrom;
        int end = to.y() + belowTo;
        return new Arrow(
                from, to, List.of(side(from, x, start), new Point(x, start), new Point(x, end), side(to, x, end)));
    }

    /** Straight to the side. */
    static Arrow side(Box from, Box to, int below) {
        int y = from.y() + below;
        return new Arrow(from, to, List.of(side(from, to.x(), y), side(to, from.x(), y)));
    }

    /** The side of a box that faces x. */
    private static Point side(Box box, int x, int y) {
        return new Point(x < box.x() ? box.x() : box.right(), y);
    }

    /** Of each use either the arrow is here, or a way along arrows. */
    static final List<Arrow> ROOMS = List.of(
            down(Room.CLIENT, Room.DELIVERY, 100),
            sideDown(Room.CLIENT, Room.POOL, 34, 432),
            sideDown(Room.POOL, Room.DELIVERY, 14, 200),
            around(Room.POOL, Room.TRANSPORT, 40, 576, 40),
            around(Room.POOL, Room.SESSION, 40, 576, 24),
            down(Room.POOL, Room.RELAY, 432),
            around(Room.DELIVERY, Room.TRANSACTION, 60, 288, 56),
            down(Room.TRANSPORT, Room.SESSION, 778),
            down(Room.SESSION, Room.FLIGHT, 681),
            down(Room.SESSION, Room.OPENING, 875),
            around(Room.FLIGHT, Room.RELAY, 54, 576, 40),
            down(Room.FLIGHT, Room.TRANSACTION, 681),
            downSide(Room.OPENING, Room.RELAY, 820, 62),
            down(Room.OPENING, Room.DIALOGUE, 923),
            down(Room.RELAY, Room.THROTTLE, 432),
            downSide(Room.THROTTLE, Room.TRANSACTION, 432, 36),
            down(Room.TRANSACTION, Room.DIALOGUE, 737),
            down(Room.DIALOGUE, Room.CONTENT, 778),
            down(Room.DKIM, Room.MAIL, 275),
            sideDown(Room.MIME, Room.MAIL, 24, 525),
            down(Room.MIME, Room.MAIL_INTERNAL, 832),
            side(Room.MAIL, Room.MAIL_INTERNAL, 28),
            down(Room.MAIL_INTERNAL, Room.PROTOCOL, 832));

    static final List<Arrow> MODULES = List.of(
            down(Module.CLI, Module.CLIENT, 195),
            down(Module.JAKARTA, Module.CLIENT, 525),
            around(Module.CLI, Module.TESTING, 42, 20, 42),
            down(Module.CLIENT, Module.CODEC, 762),
            side(Module.TESTING, Module.CODEC, 42),
            down(Module.CODEC, Module.MAIL, 762));
}
