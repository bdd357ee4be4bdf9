/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

/** A rectangle of the picture, and where arrows may begin and end. What is higher up uses what is further down. */
interface Box {
    int x();

    int y();

    int width();

    int height();

    default int right() {
        return x() + width();
    }

    default int bottom() {
        return y() + height();
    }

    default boolean contains(Box other) {
        return other.x() >= x() && other.right() <= right() && other.y() >= y() && other.bottom() <= bottom();
    }

    default boolean overlaps(Box other) {
        return other.x() < right() && x() < other.right() && other.y() < bottom() && y() < other.bottom();
    }
}
