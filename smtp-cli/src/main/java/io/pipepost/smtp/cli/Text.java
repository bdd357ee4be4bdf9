/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Words for people. */
final class Text {
    private Text() {}

    /** Why a file cannot be used, without its name. */
    static String reason(IOException error) {
        if (error instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (error instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (error instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (error instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        return printable(String.valueOf(error.getMessage()));
    }

    /** Text from elsewhere, on one line and without what moves a terminal's cursor. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                out.append("\\u%04x".formatted(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
