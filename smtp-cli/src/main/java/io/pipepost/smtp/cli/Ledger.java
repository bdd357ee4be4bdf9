/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file that knows what became of each message. Lines of JSON: a head, {@code started} lines that are written before
 * any octet of the messages that they name leaves, and results. Only ever appended to, but for the repair of an end that
 * was not written completely; locked while it is open. Appending is thread-safe.
 */
final class Ledger implements AutoCloseable {
    private static final int MAX_LINE = 256 << 20;

    private final Path file;
    private final FileChannel channel;
    private final boolean sync;
    private final LedgerIndex index = new LedgerIndex();
    private final Object forcing = new Object();
    private final Object writing = new Object();
    private final LedgerPlace place;
    private long end;
    private long forced;
    private @Nullable IOException failure;
    private LedgerPlace.State state = LedgerPlace.State.FINE;
    private long dropped;
    private boolean empty;

    private Ledger(Path file, FileChannel channel, boolean sync) throws IOException {
        this.file = file;
        this.channel = channel;
        this.sync = sync;
        this.place = new LedgerPlace(file);
    }

    /**
     * Opens or makes a ledger. What keeps it from being used is a {@link CommandFailedException}.
     *
     * @param sync whether lines are forced to the disk as they are written
     */
    static Ledger open(Path file, boolean sync) {
        FileChannel channel = null;
        try {
            boolean there = Files.exists(file);
            if (there) {
                InputFiles.requireRegular(file);
            }
            requireNothingRescued(file);
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            Ledger ledger = new Ledger(file, channel, sync);
            ledger.lock();
            ledger.load();
            ledger.empty &= there;
            return ledger;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new CommandFailedException(ExitStatus.IO, "--ledger: cannot use " + file + ": " + Text.reason(e));
        } catch (CommandFailedException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private static void requireNothingRescued(Path file) {
        Path rescued = LedgerPlace.rescued(file);
        if (Files.exists(rescued)) {
            throw new CommandFailedException(
                    ExitStatus.DATA,
                    "--ledger: " + rescued + " is what an earlier run knew when " + file
                            + " was replaced: keep the right one of them as " + file + ", and no other");
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the first error is the one to tell
        }
    }

    private void lock() throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new CommandFailedException(ExitStatus.TRY_LATER, "--ledger: " + file + " is in use by another run");
        }
    }

    private void load() throws IOException {
        LineReader lines = new LineReader(Channels.newInputStream(channel), MAX_LINE);
        LedgerReader reader = new LedgerReader(file, lines, index);
        long good = reader.read();
        if (good == 0) {
            create();
            return;
        }
        repair(good, lines.consumed());
        if (!reader.isSealed()) {
            append(List.of(LedgerReader.HEAD));
        }
    }

    /** The directory is forced as well, or the file itself might be lost with the power. */
    private void create() throws IOException {
        empty = true;
        channel.truncate(0);
        append(List.of(LedgerReader.HEAD));
        Path directory = file.toAbsolutePath().getParent();
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        } catch (IOException e) {
            // not every system lets directories be forced
        }
    }

    private void repair(long good, long size) throws IOException {
        dropped = size - good;
        channel.truncate(good);
        channel.position(good);
        if (octet(good - 1) != '\n') {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        }
        end = channel.position();
        channel.force(true);
    }

    private byte octet(long offset) throws IOException {
        ByteBuffer octet = ByteBuffer.allocate(1);
        channel.read(octet, offset);
        return octet.get(0);
    }

    LedgerIndex index() {
        return index;
    }

    /** Octets of incomplete lines that were cut off at the end when the ledger was opened. */
    long dropped() {
        return dropped;
    }

    /** Whether the file was there when the ledger was opened, and had nothing in it. */
    boolean wasEmpty() {
        return empty;
    }

    /** A result that was there when the ledger was opened. */
    LedgerResult read(long offset) throws IOException {
        InputStream in = new InputStream() {
            private long position = offset;

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] octets, int from, int length) throws IOException {
                int count = channel.read(ByteBuffer.wrap(octets, from, length), position);
                position += Math.max(0, count);
                return count;
            }
        };
        byte[] line = new LineReader(in, MAX_LINE).next();
        if (line == null) {
            throw new IOException("the ledger has become shorter");
        }
        Map<String, @Nullable Object> json = JsonReader.object(line);
        json.remove(LedgerLine.FIELD);
        return new LedgerResult(json);
    }

    /** Before any octet of these messages leaves. They must not if this fails, as when the file is lost. */
    void started(List<String> ids) throws IOException {
        append(List.of(started(ids.toArray())), true);
    }

    private static String started(Object... ids) {
        return LedgerLine.seal(Json.write(Map.of("started", List.of(ids))));
    }

    /**
     * Writes lines and returns once the operating system has them, so that they outlive this process however it ends. With
     * {@code sync} the disk has them then, and they outlive the machine's end as well; what other threads write meanwhile
     * is forced together with them. Also if the file is lost: what it holds is going to be rescued.
     */
    void append(List<String> lines) throws IOException {
        append(lines, false);
    }

    private void append(List<String> lines, boolean onlyInPlace) throws IOException {
        byte[] octets = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        long mine;
        synchronized (writing) {
            if (isLost() && onlyInPlace) {
                throw new IOException("the ledger " + state);
            }
            mine = write(ByteBuffer.wrap(octets));
        }
        if (sync) {
            forceUpTo(mine);
        }
    }

    /** Whether the path was found to lead elsewhere, now or before. */
    private boolean isLost() {
        if (state == LedgerPlace.State.FINE) {
            state = place.look(end);
        }
        return state != LedgerPlace.State.FINE;
    }

    /**
     * Compares path and file for the last time, and does what can be done about a loss, so that the next run with this path
     * sends nothing that this one has sent.
     *
     * @return one sentence if the file was lost; null if all is well
     */
    @Nullable
    String conclude() {
        synchronized (writing) {
            return isLost() ? "the ledger " + file + " " + state + " while this run used it; " + rescue() : null;
        }
    }

    private String rescue() {
        try {
            if (state == LedgerPlace.State.CUT || state == LedgerPlace.State.GROWN) {
                // Behind the damage there are good lines then, so that no run takes it for an end to be cut off.
                write(ByteBuffer.wrap((started() + "\n" + started() + "\n").getBytes(StandardCharsets.UTF_8)));
                return "it is damaged, and another run would send again what this one has sent";
            }
            Path rescued = place.rescue(channel, end);
            return rescued.equals(file)
                    ? "it is there again, with all that is known: run again with it for the rest"
                    : "what this run has sent stands in " + rescued + ", which the next run needs in its place";
        } catch (IOException e) {
            return "it could not be saved (" + Text.reason(e)
                    + "), so another run would send again what this one has sent";
        }
    }

    private void forceUpTo(long position) throws IOException {
        synchronized (forcing) {
            if (forced < position) {
                force();
            }
        }
    }

    /** Behind a line that was written in part there must be no other. */
    private long write(ByteBuffer octets) throws IOException {
        IOException before = failure;
        if (before != null) {
            throw before;
        }
        try {
            while (octets.hasRemaining()) {
                end += channel.write(octets);
            }
            return end;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void force() throws IOException {
        long upTo;
        synchronized (writing) {
            upTo = end;
        }
        try {
            channel.force(false);
        } catch (IOException e) {
            synchronized (writing) {
                failure = e;
            }
            throw e;
        }
        forced = upTo;
    }

    /** All of a run that has ended is on the disk. */
    @Override
    public void close() throws IOException {
        channel.force(false);
        channel.close();
    }
}
