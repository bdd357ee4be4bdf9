/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Input for {@code pipepost bulk}, and what its ledger says. */
final class BulkFixture {
    final Path directory;
    final Path input;
    final Path ledger;

    BulkFixture(Path directory) {
        this.directory = directory;
        this.input = directory.resolve("input.jsonl");
        this.ledger = directory.resolve("ledger");
    }

    static String line(String id, String... to) {
        return Json.write(message(id, List.of(to)));
    }

    private static Map<String, Object> message(String id, List<String> to) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("from", "a@b.test");
        json.put("to", to);
        json.put("data", "Subject: " + id + "\r\n\r\nbody\r\n");
        return json;
    }

    void write(String... lines) throws IOException {
        Files.write(input, List.of(lines));
    }

    /** A line whose content is in a file. */
    static String fileLine(String id, String file) {
        Map<String, Object> json = message(id, List.of("c@d.test"));
        json.remove("data");
        json.put("file", file);
        return Json.write(json);
    }

    /** A FIFO; whoever opens it waits until the other end is opened. */
    Path fifo(String name) throws IOException, InterruptedException {
        Path fifo = directory.resolve(name);
        int status = new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor();
        if (status != 0) {
            throw new IOException("mkfifo " + status);
        }
        return fifo;
    }

    void writeMessages(int count) throws IOException {
        Files.write(
                input,
                () -> IntStream.range(0, count)
                        .mapToObj(i -> (CharSequence) line("m" + i, "r" + i + "@d.test"))
                        .iterator());
    }

    void writeLedger(String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(LedgerReader.HEAD));
        Stream.of(lines).map(LedgerLine::seal).forEach(all::add);
        Files.write(ledger, all);
    }

    List<String> args(int port, String... more) {
        return CliRun.args(
                List.of(
                        "bulk",
                        input.toString(),
                        "--ledger",
                        ledger.toString(),
                        "--server",
                        "127.0.0.1:" + port,
                        "--tls",
                        "none"),
                more);
    }

    CliRun run(int port, String... more) {
        return CliRun.of(args(port, more));
    }

    /** The last result of each id. */
    Map<String, LedgerResult> results() {
        Map<String, LedgerResult> results = new LinkedHashMap<>();
        for (Map<String, Object> record : records()) {
            if (LedgerResult.fault(record).isEmpty()) {
                LedgerResult result = new LedgerResult(record);
                results.put(result.id(), result);
            }
        }
        return results;
    }

    Map<String, String> outcomes() {
        Map<String, String> outcomes = new HashMap<>();
        results().forEach((id, result) -> outcomes.put(id, result.outcome()));
        return outcomes;
    }

    /** All ids that were ever started. */
    List<String> started() {
        List<String> ids = new ArrayList<>();
        for (Map<String, Object> record : records()) {
            if (record.get("started") instanceof List<?> list) {
                list.forEach(id -> ids.add((String) id));
            }
        }
        return ids;
    }

    private List<Map<String, Object>> records() {
        try {
            List<Map<String, Object>> records = new ArrayList<>();
            for (String line : Files.readAllLines(ledger)) {
                records.add(JsonReader.object(line.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            }
            return records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
