/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.util.List;

/** How much attention a message asks for from its reader; says nothing about how fast it travels. */
public enum Priority {
    /** More than usual. */
    HIGH("1", "high"),
    /** The same as saying nothing. */
    NORMAL("3", "normal"),
    /** Less than usual. */
    LOW("5", "low");

    private final String number;
    private final String word;

    Priority(String number, String word) {
        this.number = number;
        this.word = word;
    }

    /** The number is what most readers show, the word is RFC 4021's. */
    List<HeaderField> fields() {
        return List.of(HeaderField.ascii("X-Priority", number), HeaderField.ascii("Importance", word));
    }
}
