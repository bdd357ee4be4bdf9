/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What tells a file, and one state of it, from others. Found without opening it.
 *
 * @param key which file it is; null where the file system does not say
 * @param size in octets
 * @param modified when its content was changed last, as far as nobody has set that time
 * @param changed when anything about it was changed last, which nobody can set; null where the file system does not say
 */
record FileStamp(
        @Nullable Object key,
        long size,
        FileTime modified,
        @Nullable FileTime changed) {
    private static final String UNIX = "unix";

    // The kinds of files in a mode, by POSIX.
    private static final int KIND = 0170000;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int PIPE = 0010000;
    private static final int SOCKET = 0140000;

    /**
     * Looks at a file.
     *
     * @throws IOException if there is none, or something that is no regular file: reading that may never end, and opening it
     *     may, too
     */
    static FileStamp of(Path file) throws IOException {
        return file.getFileSystem().supportedFileAttributeViews().contains(UNIX) ? ofUnix(file) : ofOther(file);
    }

    private static FileStamp ofUnix(Path file) throws IOException {
        Map<String, Object> found = Files.readAttributes(file, UNIX + ":mode,fileKey,size,lastModifiedTime,ctime");
        int kind = (Integer) attribute(found, "mode") & KIND;
        if (kind != REGULAR) {
            throw irregular(
                    switch (kind) {
                        case DIRECTORY -> "a directory";
                        case CHARACTER_DEVICE, BLOCK_DEVICE -> "a device";
                        case PIPE -> "a named pipe";
                        case SOCKET -> "a socket";
                        default -> "something else";
                    });
        }
        return new FileStamp(
                found.get("fileKey"),
                (Long) attribute(found, "size"),
                (FileTime) attribute(found, "lastModifiedTime"),
                (FileTime) attribute(found, "ctime"));
    }

    private static Object attribute(Map<String, Object> found, String name) {
        return Objects.requireNonNull(found.get(name), name);
    }

    private static FileStamp ofOther(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        if (!found.isRegularFile()) {
            throw irregular(found.isDirectory() ? "a directory" : "something else");
        }
        return new FileStamp(found.fileKey(), found.size(), found.lastModifiedTime(), null);
    }

    private static IOException irregular(String found) {
        return new IOException("expected a regular file, found " + found);
    }

    /** When it was changed last, as far as is known. */
    FileTime latest() {
        FileTime other = changed;
        return other == null || modified.compareTo(other) > 0 ? modified : other;
    }

    /** What is different from what was found before; null if nothing is. */
    @Nullable
    String changeFrom(FileStamp before) {
        if (equals(before)) {
            return null;
        }
        if (!Objects.equals(key, before.key)) {
            return "it is another file now";
        }
        if (size != before.size) {
            return "it had " + before.size + " octets, and has " + size;
        }
        return "it was changed at " + latest();
    }
}
