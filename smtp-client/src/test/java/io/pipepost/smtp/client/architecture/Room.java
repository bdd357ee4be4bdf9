/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A package: where it stands, and whose threads it runs on. What it is for is read from its {@code package-info}. The
 * digits are the way of a message through the rooms.
 */
enum Room implements Box {
    CLI(Module.CLI, "cli", Lane.ANY, 52, 38, 286, 0),
    JAKARTA(Module.JAKARTA, "jakarta", Lane.ANY, 382, 38, 286, 0),

    CLIENT(Module.CLIENT, "client", Lane.CALLER, 60, 212, 212, 1),
    AUTH(Module.CLIENT, "client.auth", Lane.LOOP, 592, 212, 372, 0),

    POOL(Module.CLIENT, "client.internal.pool", Lane.LOCK, 304, 308, 256, 3),
    DELIVERY(
            Module.CLIENT,
            "client.internal.delivery",
            Lane.CALLER,
            60,
            342,
            212,
            2,
            "on the blocking executor: files are read, contents signed"),
    TRANSPORT(Module.CLIENT, "client.internal.transport", Lane.LOOP, 592, 322, 372, 0),
    SESSION(Module.CLIENT, "client.internal.session", Lane.LOOP, 592, 398, 372, 4),
    FLIGHT(Module.CLIENT, "client.internal.flight", Lane.LOOP, 592, 462, 178, 5),
    OPENING(Module.CLIENT, "client.internal.opening", Lane.LOOP, 786, 462, 178, 0),
    RELAY(Module.CLIENT, "client.internal.relay", Lane.LOCK, 304, 490, 256, 0, "on any thread: what a host has shown"),
    THROTTLE(Module.CLIENT, "client.internal.throttle", Lane.LOCK, 304, 582, 256, 0),
    TRANSACTION(
            Module.CLIENT,
            "client.internal.transaction",
            Lane.LOOP,
            592,
            618,
            290,
            6,
            "on any thread: while it waits for a session"),
    DIALOGUE(Module.CLIENT, "client.internal.dialogue", Lane.LOOP, 592, 716, 372, 7),
    CONTENT(Module.CLIENT, "client.internal.content", Lane.LOOP, 592, 792, 372, 0, "on the blocking executor: files"),
    BORDER(Module.CLIENT, "client.internal.border", Lane.ANY, 60, 892, 904, 0),

    TESTING(Module.TESTING, "testing", Lane.ANY, 52, 996, 446, 0),
    CODEC(Module.CODEC, "codec", Lane.LOOP, 552, 1002, 420, 8, "on the event loop of its connection"),

    DKIM(Module.MAIL, "dkim", Lane.ANY, 52, 1134, 446, 0),
    MIME(Module.MAIL, "mime", Lane.ANY, 552, 1134, 420, 0),
    MAIL(Module.MAIL, "mail", Lane.ANY, 52, 1208, 582, 0),
    MAIL_INTERNAL(Module.MAIL, "mail.internal", Lane.ANY, 692, 1214, 280, 0),
    PROTOCOL(Module.MAIL, "protocol", Lane.ANY, 52, 1292, 920, 0);

    static final String ROOT = "io.pipepost.smtp.";
    static final String INTERNAL = "client.internal.";
    static final int TITLE = 20;
    static final int LINE = 14;
    static final int INSET = 10;

    private final Module module;
    private final String name;
    private final Lane lane;
    private final int x;
    private final int y;
    private final int width;
    private final int step;
    private final List<String> lines = new ArrayList<>();
    private final int noteLines;

    Room(Module module, String name, Lane lane, int x, int y, int width, int step, String... notes) {
        this.module = module;
        this.name = name;
        this.lane = lane;
        this.x = x;
        this.y = y;
        this.width = width;
        this.step = step;
        lines.addAll(Letters.wrap(PackagePurpose.of(module.artifact(), packageName()), width - 2 * INSET));
        int purpose = lines.size();
        for (String note : notes) {
            lines.addAll(Letters.wrap(note, width - 2 * INSET));
        }
        this.noteLines = lines.size() - purpose;
    }

    static Room ofStep(int step) {
        return Stream.of(values()).filter(each -> each.step == step).findFirst().orElseThrow();
    }

    Module module() {
        return module;
    }

    String packageName() {
        return ROOT + name;
    }

    boolean isInternal() {
        return name.startsWith(INTERNAL);
    }

    /**
     * The values that the rooms of the client have in common, and what they all stand on: used by all, and no arrow is drawn.
     */
    boolean isForAll() {
        return this == CLIENT || this == AUTH || this == BORDER;
    }

    /** Whether the packages below it are drawn as part of it. */
    boolean standsForSubpackages() {
        return this == CLI || this == TESTING;
    }

    String title() {
        return isInternal() ? name.substring(INTERNAL.length()) : name;
    }

    Lane lane() {
        return lane;
    }

    int step() {
        return step;
    }

    /** What it is for. */
    List<String> purpose() {
        return lines.subList(0, lines.size() - noteLines);
    }

    /** Which of it runs on other threads than its lane's. */
    List<String> notes() {
        return lines.subList(lines.size() - noteLines, lines.size());
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
        return TITLE + LINE * lines.size() + 8;
    }
}
