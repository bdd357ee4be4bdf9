/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

/** A module of Maven as a frame. Benchmarks and the launchers of servers are for those who build this, and are not drawn. */
enum Module implements Box {
    CLI("smtp-cli", 40, 10, 310, 108),
    JAKARTA("smtp-jakarta", 370, 10, 310, 122),
    CLIENT("smtp-client", 40, 142, 944, 806),
    TESTING("smtp-testing", 40, 968, 470, 96),
    CODEC("smtp-codec", 540, 974, 444, 110),
    MAIL("smtp-mail", 40, 1106, 944, 240);

    private final String artifact;
    private final int x;
    private final int y;
    private final int width;
    private final int height;

    Module(String artifact, int x, int y, int width, int height) {
        this.artifact = artifact;
        this.x = x;
        this.y = y;
        this.width = width;
        this.height = height;
    }

    String artifact() {
        return artifact;
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
        return height;
    }
}
