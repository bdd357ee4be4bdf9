/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An envelope of the input.
 *
 * @param from the reverse-path
 * @param to recipients by their address; who is named twice is there once
 */
record BulkEnvelope(ReversePath from, Map<String, ForwardPath> to) {
    private static final int IN_MEMORY = 64 * 1024;

    /** From {@code {"from":"a@b","to":["c@d"]}}; other fields do not matter. */
    static BulkEnvelope of(String place, Map<String, @Nullable Object> json) throws BrokenInputException {
        try {
            return new BulkEnvelope(ReversePath.of(text(place, json, "from")), recipients(place, json.get("to")));
        } catch (SmtpSyntaxException e) {
            throw new BrokenInputException(place, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, ForwardPath> recipients(String place, @Nullable Object to) throws BrokenInputException {
        if (!(to instanceof List<?> list) || list.isEmpty()) {
            throw new BrokenInputException(place, "\"to\" must be a list of at least one address");
        }
        Map<String, ForwardPath> recipients = new LinkedHashMap<>();
        for (Object address : list) {
            if (!(address instanceof String text)) {
                throw new BrokenInputException(place, "\"to\" must be a list of addresses");
            }
            ForwardPath recipient = ForwardPath.of(text);
            recipients.put(recipient.toString(), recipient);
        }
        return recipients;
    }

    static String text(String place, Map<String, @Nullable Object> json, String field) throws BrokenInputException {
        if (json.get(field) instanceof String text) {
            return text;
        }
        throw new BrokenInputException(place, "\"" + field + "\" must be a string");
    }

    static Content content(String place, Path file) throws BrokenInputException {
        try (InputStream in = InputFiles.open(file)) {
            byte[] start = in.readNBytes(IN_MEMORY + 1);
            return start.length <= IN_MEMORY ? Content.of(start) : Content.ofFile(file);
        } catch (IOException e) {
            throw new BrokenInputException(place, "cannot read " + file + ": " + Text.reason(e));
        }
    }
}
