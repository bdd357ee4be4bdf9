/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.util.List;

/** Text beside the rooms. A line that begins with digits has them in circles, as the rooms have. */
enum Caption implements Box {
    SIGNS(
            696,
            10,
            288,
            "How to read it",
            List.of(
                    "An arrow: uses. What is above knows what is",
                    "below, never the other way round.",
                    "All rooms use border, and the values of client,",
                    "client.auth and smtp-mail: no arrows.",
                    "In italics: what of a room runs elsewhere.",
                    "Grey: any thread.")),
    WAY(
            52,
            676,
            516,
            "The way of a message",
            List.of(
                    "1 2 send(): content is looked through, and signed; recipients are split",
                    "3 waits for a session with room, and for permits; then one hop to its loop",
                    "4 5 takes its place behind what the session carries",
                    "6 says what to send, learns from each reply, asks Verdict what comes of it",
                    "7 8 commands and content out, replies in, in their order",
                    "Back: replies by 8, 7, 5 to 6; the results from 6 to 2, which completes the",
                    "caller's future on the event loop, or on a callback executor if there is one.")),
    NOT_EXPORTED(776, 290, 188, "", List.of("client.internal: not exported"));

    private static final int TITLE = 22;
    private static final int LINE = 16;

    private final int x;
    private final int y;
    private final int width;
    private final String title;
    private final List<String> lines;

    Caption(int x, int y, int width, String title, List<String> lines) {
        this.x = x;
        this.y = y;
        this.width = width;
        this.title = title;
        this.lines = lines;
    }

    String title() {
        return title;
    }

    List<String> lines() {
        return lines;
    }

    /** Where the line's text stands. */
    int lineAt(int index) {
        return y + (title.isEmpty() ? 0 : TITLE) + LINE * index + 12;
    }

    @Override
    public int x() {
        return x;
    }

    @Override
    public int y() {
        return y;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return lineAt(lines.size() - 1) + 4 - y;
    }
}
