/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

/** One thing that may be known of an attempt at a mail transaction, and that its {@link Verdict} may depend on. */
enum Fact {
    /** The reply to MAIL is in. */
    MAIL_ANSWERED("MAIL is answered", "MAIL is unanswered"),
    MAIL_REFUSED("MAIL was refused", "MAIL was not refused"),
    /** R-5321-83: the reply to MAIL says that the connection has carried enough. */
    WORN_OUT("MAIL got 452 4.5.3", "MAIL did not get 452 4.5.3"),
    SOMEBODY_ACCEPTED("a recipient was accepted", "no recipient was accepted"),
    /** A chunk that was not the last (R-3030-05). */
    CHUNK_REFUSED("an earlier chunk was refused", "no earlier chunk was refused"),
    /** The reply in question says yes. */
    POSITIVE("the reply is positive", "the reply is negative"),
    /** An octet of content may have left. */
    CONTENT_BEGUN("content was begun", "no content was begun"),
    /** The server may have all of the content, or answers as if it had. */
    HANDED_OVER("all content was handed over", "not all content was handed over"),
    /** The socket has taken the last octet. */
    WRITTEN("all content was written", "not all content was written"),
    ONLY_END_MISSING("only the final reply is missing", "more replies are missing"),
    /** With DATA, a lost reply shows only once the group behind the content is answered. */
    FOLLOWER_UNANSWERED("a follower's DATA is unanswered", "no follower's DATA is unanswered"),
    VERDICT_HELD("the final reply is held", "no final reply is held"),
    /** Replies to it need not be about it: they may be about the connection, or about what was in front. */
    UNPROVED("its replies are not trusted", "its replies are trusted"),
    /** The server has shown that it goes no further. */
    SILENCE_IS_NO("silence means no", "silence means nothing"),
    /** The connection had carried others before. */
    NOT_FIRST("it is not the connection's first", "it is the connection's first");

    private final String text;
    private final String opposite;

    Fact(String text, String opposite) {
        this.text = text;
        this.opposite = opposite;
    }

    /** Its place in a set of facts. */
    @SuppressWarnings("EnumOrdinal") // A place among bits that live no longer than this program.
    int bit() {
        return 1 << ordinal();
    }

    boolean in(int facts) {
        return (facts & bit()) != 0;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** For people: that it is not so. */
    String opposite() {
        return opposite;
    }
}
