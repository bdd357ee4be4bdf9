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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file that knows what became of each message. Lines of JSON: a head, {@code started} lines that are written before
 * any octet of the messages that they name leaves, and results. Only ever appended to, but for the repair of an end that
 * was not written completely; locked while it is open. Appending is thread-safe.
 */
final class Ledger implements AutoCloseable {
    static final String HEAD = "{\"ledger\":\"pipepost\",\"version\":1}";
    private static final int MAX_LINE = 256 << 20;

    private final Path file;
    private final FileChannel channel;
    private final boolean sync;
    private final LedgerIndex index = new LedgerIndex();
    private final Object forcing = new Object();
    private final Object writing = new Object();
    private long written;
    private long forced;
    private @Nullable IOException failure;
    private long dropped;

    private Ledger(Path file, FileChannel channel, boolean sync) {
        this.file = file;
        this.channel = channel;
        this.sync = sync;
    }

    /**
     * Opens or makes a ledger. What keeps it from being used is a {@link CommandFailedException}.
     *
     * @param sync whether lines are forced to the disk as they are written
     */
    static Ledger open(Path file, boolean sync) {
        FileChannel channel = null;
        try {
            if (Files.exists(file)) {
                InputFiles.requireRegular(file);
            }
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            Ledger ledger = new Ledger(file, channel, sync);
            ledger.lock();
            ledger.load();
            return ledger;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new CommandFailedException(ExitStatus.IO, "--ledger: cannot use " + file + ": " + Text.reason(e));
        } catch (CommandFailedException e) {
            closeQuietly(channel);
            throw e;
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
        InputStream in = Channels.newInputStream(channel);
        LineReader lines = new LineReader(in, MAX_LINE);
        byte[] head = lines.next();
        if (head == null || isTornHead(head, lines)) {
            create();
            return;
        }
        if (!new String(head, StandardCharsets.UTF_8).equals(HEAD)) {
            throw new CommandFailedException(
                    ExitStatus.DATA, "--ledger: " + file + " is something else, no ledger of pipepost bulk");
        }
        repair(loadRecords(lines), lines.consumed());
    }

    private static boolean isTornHead(byte[] head, LineReader lines) {
        byte[] whole = HEAD.getBytes(StandardCharsets.UTF_8);
        return !lines.ended()
                && head.length <= whole.length
                && Arrays.equals(head, 0, head.length, whole, 0, head.length);
    }

    /** The directory is forced as well, or the file itself might be lost with the power. */
    private void create() throws IOException {
        channel.truncate(0);
        append(List.of(HEAD));
        Path directory = file.toAbsolutePath().getParent();
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        } catch (IOException e) {
            // not every system lets directories be forced
        }
    }

    /**
     * Reads all records; returns where the good ones end. Behind them may be lines that were being written when the
     * program or the machine died: nobody has relied on them yet.
     */
    private long loadRecords(LineReader lines) throws IOException {
        long end = lines.consumed();
        long bad = 0;
        byte[] line = lines.next();
        while (line != null) {
            if (!load(line, lines)) {
                bad = bad == 0 ? lines.number() : bad;
            } else if (bad != 0) {
                throw damaged(bad);
            } else {
                end = lines.consumed();
            }
            line = lines.next();
        }
        return end;
    }

    private CommandFailedException damaged(long number) {
        return new CommandFailedException(
                ExitStatus.DATA, "--ledger: line " + number + " of " + file + " is damaged, and not at its end");
    }

    private boolean load(byte[] line, LineReader lines) {
        Map<String, @Nullable Object> json;
        try {
            json = JsonReader.object(line);
        } catch (IOException e) {
            return false;
        }
        if (json.get("started") instanceof List<?> ids) {
            ids.forEach(id -> index.start(String.valueOf(id)));
        } else if (LedgerResult.isResult(json)) {
            LedgerResult result = new LedgerResult(json);
            index.result(result.id(), result.state(), lines.start());
        } else {
            throw damaged(lines.number());
        }
        return true;
    }

    private void repair(long end, long size) throws IOException {
        dropped = size - end;
        channel.truncate(end);
        channel.position(end);
        if (end > 0 && octet(end - 1) != '\n') {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        }
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
        return new LedgerResult(JsonReader.object(line));
    }

    void started(List<String> ids) throws IOException {
        append(List.of(Json.write(Map.of("started", ids))));
    }

    /**
     * Writes lines and returns once the operating system has them, so that they outlive this process however it ends. With
     * {@code sync} the disk has them then, and they outlive the machine's end as well; what other threads write meanwhile
     * is forced together with them.
     */
    void append(List<String> lines) throws IOException {
        byte[] octets = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        long mine;
        synchronized (writing) {
            mine = write(ByteBuffer.wrap(octets));
        }
        if (sync) {
            forceUpTo(mine);
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
                written += channel.write(octets);
            }
            return written;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void force() throws IOException {
        long upTo;
        synchronized (writing) {
            upTo = written;
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
