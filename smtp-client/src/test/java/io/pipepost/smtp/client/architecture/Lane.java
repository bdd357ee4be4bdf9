/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

/** Whose thread code runs on; in the picture from the left to the right. */
enum Lane implements Box {
    CALLER("the caller's thread", "until the message is in the pool", 52, 228, 456, "#fdf1dc", "#9a6412"),
    LOCK(
            "any thread, under the pool's lock",
            "short; never held across I/O or callbacks",
            296,
            272,
            650,
            "#e3ecfb",
            "#2b5fb3"),
    LOOP(
            "the session's event loop",
            "one thread for all that one connection does",
            584,
            388,
            880,
            "#e2f3e6",
            "#2a7040"),
    /** Immutable values, and what is safe for all. No lane is drawn. */
    ANY("any thread", "", 0, 0, 0, "#f1f2f4", "#59636e");

    static final int TOP = 168;

    private final String title;
    private final String note;
    private final int x;
    private final int width;
    private final int bottom;
    private final String fill;
    private final String stroke;

    Lane(String title, String note, int x, int width, int bottom, String fill, String stroke) {
        this.title = title;
        this.note = note;
        this.x = x;
        this.width = width;
        this.bottom = bottom;
        this.fill = fill;
        this.stroke = stroke;
    }

    String title() {
        return title;
    }

    String note() {
        return note;
    }

    String fill() {
        return fill;
    }

    String stroke() {
        return stroke;
    }

    @Override
    public int x() {
        return x;
    }

    @Override
    public int y() {
        return TOP;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return bottom - TOP;
    }
}
