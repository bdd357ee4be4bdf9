/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads all of a ledger into an index, and finds where its good lines end. Damage is never passed over, since what a line
 * said would be sent again; but for an end that was not written completely.
 */
final class LedgerReader {
    /** The first line, and the one behind which lines have checksums. */
    static final String HEAD = LedgerLine.seal("{\"ledger\":\"pipepost\",\"version\":2}");

    /** The first line of ledgers whose lines have none. */
    static final String HEAD_1 = "{\"ledger\":\"pipepost\",\"version\":1}";

    private static final String ANY_HEAD = "{\"ledger\":\"pipepost\",";

    private final Path file;
    private final LineReader lines;
    private final LedgerIndex index;
    private boolean sealed;
    private long firstBad;
    private String firstFault = "";

    LedgerReader(Path file, LineReader lines, LedgerIndex index) {
        this.file = file;
        this.lines = lines;
        this.index = index;
    }

    /** Where the good lines end; behind that is what was not written completely. 0 if there is no ledger yet. */
    long read() throws IOException {
        byte[] head = lines.next();
        if (head == null || isTornHead(head)) {
            return 0;
        }
        readHead(new String(head, StandardCharsets.UTF_8));
        long end = lines.consumed();
        byte[] line = lines.next();
        while (line != null) {
            String fault = fault(line);
            if (!fault.isEmpty()) {
                passOver(line, fault);
            } else if (firstBad != 0) {
                throw damaged(firstBad, firstFault);
            } else {
                end = lines.consumed();
            }
            line = lines.next();
        }
        return end;
    }

    /** Whether the last lines have checksums. */
    boolean isSealed() {
        return sealed;
    }

    private boolean isTornHead(byte[] head) {
        return !lines.ended() && HEAD.startsWith(new String(head, StandardCharsets.UTF_8));
    }

    private void readHead(String head) {
        sealed = head.equals(HEAD);
        if (sealed || head.equals(HEAD_1)) {
            return;
        }
        String what = head.startsWith(ANY_HEAD)
                ? "line 1 of " + file + " is damaged, or of a newer version of pipepost"
                : file + " is something else, no ledger of pipepost bulk";
        throw new CommandFailedException(ExitStatus.DATA, "--ledger: " + what);
    }

    /** Takes a line; says what is wrong with it, and nothing if it is a good one. */
    private String fault(byte[] line) {
        if (!sealed && HEAD.equals(new String(line, StandardCharsets.UTF_8))) {
            sealed = true;
            return "";
        }
        if (sealed && !LedgerLine.isSealed(line, line.length)) {
            return "its checksum does not fit";
        }
        try {
            return take(JsonReader.object(line));
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String take(Map<String, @Nullable Object> json) {
        if (json.get("started") instanceof List<?> ids && ids.stream().allMatch(String.class::isInstance)) {
            ids.forEach(id -> index.start(String.valueOf(id)));
            return "";
        }
        String wrong = LedgerResult.fault(json);
        if (wrong.isEmpty()) {
            LedgerResult result = new LedgerResult(json);
            index.result(result.id(), result.state(), lines.start());
        }
        return wrong;
    }

    /**
     * A bad line may be one that was being written when the program or the machine died: without its end, or, where the
     * machine did, full of zeros. Nobody has relied on it yet.
     */
    private void passOver(byte[] line, String fault) {
        boolean incomplete = !lines.ended() && !LedgerLine.isSealed(line, line.length - 1);
        if (!incomplete && !hasZeros(line)) {
            throw damaged(lines.number(), fault);
        }
        if (firstBad == 0) {
            firstBad = lines.number();
            firstFault = fault;
        }
    }

    /** Two in a row: that takes more than a bit that has changed. */
    private static boolean hasZeros(byte[] line) {
        for (int i = 1; i < line.length; i++) {
            if (line[i - 1] == 0 && line[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private CommandFailedException damaged(long number, String why) {
        return new CommandFailedException(
                ExitStatus.DATA,
                "--ledger: line " + number + " of " + file + " is damaged: " + why
                        + "; nothing is sent, since what this line knew might be sent twice: take the ledger from a copy");
    }
}
