/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/** The content named by {@code --data}. What cannot be read twice is kept: in memory, or in a temporary file if large. */
final class MessageSource implements AutoCloseable {
    private static final int IN_MEMORY = 1 << 20;

    private final Content content;
    private final @Nullable Path temporary;

    private MessageSource(Content content, @Nullable Path temporary) {
        this.content = content;
        this.temporary = temporary;
    }

    static MessageSource open(String name, InputStream standardInput) {
        try {
            if (name.equals("-")) {
                return keep(standardInput);
            }
            Path file = path(name);
            if (Files.isRegularFile(file) && Files.size(file) > IN_MEMORY) {
                requireReadable(file);
                return new MessageSource(Content.ofFile(file), null);
            }
            try (InputStream in = Files.newInputStream(file)) {
                return keep(in);
            }
        } catch (IOException e) {
            throw new UsageException(
                    "--data: cannot read " + (name.equals("-") ? "standard input" : name) + ": " + Text.reason(e));
        }
    }

    private static Path path(String name) {
        try {
            return Converters.path(name);
        } catch (TypeConversionException e) {
            throw new UsageException("--data: " + e.getMessage());
        }
    }

    private static void requireReadable(Path file) throws IOException {
        Files.newInputStream(file).close();
    }

    private static MessageSource keep(InputStream in) throws IOException {
        byte[] start = in.readNBytes(IN_MEMORY + 1);
        if (start.length <= IN_MEMORY) {
            return new MessageSource(Content.of(start), null);
        }
        Path file = Files.createTempFile("pipepost", ".eml");
        // A signal ends the program without closing anything.
        file.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(start);
            in.transferTo(out);
        } catch (IOException e) {
            Files.delete(file);
            throw e;
        }
        return new MessageSource(Content.ofFile(file), file);
    }

    Content content() {
        return content;
    }

    @Override
    public void close() throws IOException {
        if (temporary != null) {
            Files.deleteIfExists(temporary);
        }
    }
}
