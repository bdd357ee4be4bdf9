/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file with one JSON object on each line: {@code {"id","from","to":[...],"data" or "file"}}. Empty lines are none. */
final class JsonLinesInput implements BulkInput {
    /** So that a file without line ends is no reason to run out of memory; more fits into a file of its own. */
    static final int MAX_LINE = 16 << 20;

    private static final long UNKNOWN = -1;

    private final Path file;
    private final LineReader lines;
    private final long size;
    private volatile long read;

    JsonLinesInput(Path file) throws IOException {
        this.file = file;
        this.size = Files.isRegularFile(file) ? Files.size(file) : UNKNOWN;
        this.lines = new LineReader(Files.newInputStream(file), MAX_LINE);
    }

    @Override
    public @Nullable Entry next() throws IOException, BrokenInputException {
        byte[] line = lines.next();
        while (line != null && isBlank(line)) {
            line = lines.next();
        }
        read = lines.consumed();
        return line == null ? null : entry(line);
    }

    private static boolean isBlank(byte[] line) {
        for (byte octet : line) {
            if (octet != ' ' && octet != '\t' && octet != '\r') {
                return false;
            }
        }
        return true;
    }

    private Entry entry(byte[] line) throws BrokenInputException {
        String place = Text.printable(file.toString()) + ":" + lines.number();
        if (lines.tooLong()) {
            throw new BrokenInputException(
                    place, "the line is longer than " + MAX_LINE + " octets, use \"file\" for such content");
        }
        try {
            Map<String, @Nullable Object> json = JsonReader.object(line);
            return new LineEntry(file, place, BulkEnvelope.text(place, json, "id"), json);
        } catch (IOException e) {
            throw new BrokenInputException(place, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public double fraction() {
        return size == UNKNOWN ? Double.NaN : size == 0 ? 1 : Math.min(1, (double) read / size);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private record LineEntry(Path input, String place, String id, Map<String, @Nullable Object> json) implements Entry {
        @Override
        public BulkEnvelope envelope() throws BrokenInputException {
            return BulkEnvelope.of(place, json);
        }

        @Override
        public Content content() throws BrokenInputException {
            if (json.containsKey("data") == json.containsKey("file")) {
                throw new BrokenInputException(place, "either \"data\" or \"file\" is needed");
            }
            try {
                return json.containsKey("data")
                        ? Content.of(BulkEnvelope.text(place, json, "data"))
                        : BulkEnvelope.content(place, file());
            } catch (SmtpSyntaxException e) {
                throw new BrokenInputException(place, String.valueOf(e.getMessage()));
            }
        }

        private Path file() throws BrokenInputException {
            String name = BulkEnvelope.text(place, json, "file");
            if (name.isEmpty() || name.indexOf('\0') >= 0) {
                throw new BrokenInputException(place, "\"file\" must be the name of a file, found " + Json.write(name));
            }
            try {
                return input.resolveSibling(name);
            } catch (InvalidPathException e) {
                throw new BrokenInputException(
                        place,
                        "\"file\" is " + Json.write(name) + ", which cannot be expressed in " + ArgumentCharset.name());
            }
        }
    }
}
