/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S-45: a file is read as it was at first, or its end is never told. */
class FileSourceTest {
    private static final byte[] OLD = filled('o');
    private static final byte[] NEW = filled('n');

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.write(directory.resolve("file"), OLD);
    }

    private static byte[] filled(char octet) {
        byte[] octets = new byte[1000];
        Arrays.fill(octets, (byte) octet);
        return octets;
    }

    /** What may be done to a file. */
    @FunctionalInterface
    private interface Change {
        void apply() throws IOException;
    }

    private void rewriteInPlace() throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.write(NEW);
        }
    }

    /** As one does who does not want it to show. */
    private void rewriteAndResetTime() throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        rewriteInPlace();
        Files.setLastModifiedTime(file, before);
    }

    private void replace() throws IOException {
        Path other = Files.write(directory.resolve("other"), NEW);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private void truncate() throws IOException {
        Files.write(file, Arrays.copyOf(OLD, 10));
    }

    private void remove() throws IOException {
        Files.delete(file);
    }

    private List<Change> changes() {
        return List.of(this::rewriteInPlace, this::rewriteAndResetTime, this::replace, this::truncate, this::remove);
    }

    private static byte[] readAll(FileSource source) throws IOException {
        ByteBuffer octets = ByteBuffer.allocate(2000);
        try (FileOctets in = source.read()) {
            while (in.read(octets)) {
                // There is more.
            }
        }
        return Arrays.copyOf(octets.array(), octets.position());
    }

    @Test
    void anyNumberOfReadings() throws IOException {
        FileSource source = new FileSource(file);
        assertThat(source.size()).isEqualTo(OLD.length);
        assertThat(readAll(source)).isEqualTo(OLD);
        assertThat(readAll(source)).isEqualTo(OLD);
        assertThat(readAll(new FileSource(Files.createFile(directory.resolve("empty")))))
                .isEmpty();
    }

    private List<String> failures(Action action) throws IOException {
        List<String> failures = new ArrayList<>();
        for (Change change : changes()) {
            write();
            try {
                action.run(new FileSource(file), change);
                failures.add("none");
            } catch (IOException e) {
                failures.add(e.getMessage());
            }
        }
        return failures;
    }

    /** Reads, and lets the file be changed somewhere. */
    @FunctionalInterface
    private interface Action {
        void run(FileSource source, Change change) throws IOException;
    }

    private void assertNoticed(Action action) throws IOException {
        String changed = "The file " + file + " has changed since it was looked at first: ";
        List<String> failures = failures(action);
        assertThat(failures).hasSize(5);
        assertThat(failures.get(0)).startsWith(changed + "it was changed at 20");
        assertThat(failures.get(1)).startsWith(changed + "it was changed at 20");
        assertThat(failures.get(2)).isEqualTo(changed + "it is another file now");
        assertThat(failures.get(3)).isEqualTo(changed + "it had 1000 octets, and has 10");
        assertThat(failures.get(4)).isEqualTo("Cannot read " + file + ": no such file");
    }

    @Test
    void changeBetweenTheCheckAndTheOpening() throws IOException {
        assertNoticed((source, change) -> {
            source.size();
            change.apply();
            source.read().close();
        });
    }

    @Test
    void changeBetweenTwoReadings() throws IOException {
        assertNoticed((source, change) -> {
            readAll(source);
            change.apply();
            readAll(source);
        });
    }

    @Test
    void changeWhileItIsRead() throws IOException {
        assertNoticed((source, change) -> {
            try (FileOctets in = source.read()) {
                in.read(ByteBuffer.allocate(500));
                change.apply();
                ByteBuffer rest = ByteBuffer.allocate(2000);
                while (in.read(rest)) {
                    // There is more.
                }
            }
        });
    }

    /** All octets have been read, but nobody knows yet that these were all. */
    @Test
    void changeBeforeTheEndIsTold() throws IOException {
        assertNoticed((source, change) -> {
            try (FileOctets in = source.read()) {
                in.read(ByteBuffer.allocate(1000));
                change.apply();
                in.read(ByteBuffer.allocate(1));
            }
        });
    }

    /** Times may be too coarse to tell one state from another. */
    @Test
    void octetsThatAreOthersThanThoseOfTheFirstReading() throws IOException {
        FileSource source = new FileSource(file);
        source.confirm(1);
        source.confirm(1);
        assertThatThrownBy(() -> source.confirm(2))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("its octets are others than they were");
        assertThatThrownBy(() -> readAll(source)).hasMessageEndingWith("its octets are others than they were");
    }

    @Test
    void nothingIsReadBeyondTheSize() {
        FileSource source = new FileSource(Path.of("/proc/self/environ"));
        assertThatThrownBy(() -> readAll(source)).hasMessageEndingWith("octets or more, but its size is 0");
    }
}
