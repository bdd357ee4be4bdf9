/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.testing.Received;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A directory of messages, each a {@code .eml} with its envelope beside it as {@code .json}. Overwrites nothing. */
final class MessageArchive {
    private final Path directory;
    private final AtomicLong next = new AtomicLong(1);

    MessageArchive(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
        } catch (FileAlreadyExistsException e) {
            throw new UsageException("--save: " + directory + " is no directory");
        } catch (IOException e) {
            throw new UsageException("--save: cannot make the directory " + directory + ": " + Text.reason(e));
        }
    }

    /** The envelope is written last: where it is, the message is complete. */
    void save(Received message) {
        try {
            String name = saveContent(message.content());
            Files.writeString(
                    directory.resolve(name + ".json"),
                    Json.write(envelope(message)) + "\n",
                    StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String saveContent(byte[] content) throws IOException {
        while (true) {
            String name = "%06d".formatted(next.getAndIncrement());
            try {
                Files.write(directory.resolve(name + ".eml"), content, StandardOpenOption.CREATE_NEW);
                return name;
            } catch (FileAlreadyExistsException e) {
                // of an earlier run: on to the next number
            }
        }
    }

    private static Map<String, @Nullable Object> envelope(Received message) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("from", message.from());
        json.put("to", message.recipients());
        json.put("parameters", message.parameters());
        json.put("tls", message.tls());
        json.put("user", message.user());
        return json;
    }
}
