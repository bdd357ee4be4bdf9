/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.protocol.Printable;
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
        if ("Is a directory".equals(error.getMessage())) {
            return "it is a directory";
        }
        if (error instanceof FileSystemException known && known.getReason() != null) {
            return printable(known.getReason());
        }
        return printable(String.valueOf(error.getMessage()));
    }

    /** Text from elsewhere (S-49). */
    static String printable(String text) {
        return Printable.of(text);
    }
}
