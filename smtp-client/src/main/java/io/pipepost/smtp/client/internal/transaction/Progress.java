/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

/**
 * How far a mail transaction has come on its session.
 *
 * <pre>
 *   ENVELOPE --(at once, or all replies to RCPT are in)--> CONTENT --(final reply)--> ENDED
 *      |                                                    ^   |
 *      +--(content waits)--> HELD --(MAIL got a yes)--------+   +--(final reply, a follower's DATA is unanswered)
 *                                                                   --> VERDICT_HELD --(that is answered)--> ENDED
 *   ENVELOPE, HELD, CONTENT --(cancelled, expired, source failed)--> UNDOING --(all is answered)--> ENDED
 *   any of these --(nobody is left, DATA is refused, the connection is lost)--> ENDED
 * </pre>
 */
enum Progress {
    /** Replies to the envelope are awaited before content is asked for. */
    ENVELOPE,
    /** R-2920-18: content that could go with the envelope waits for the reply to MAIL. */
    HELD,
    /** DATA, BDAT or content are in the session's order. */
    CONTENT,
    /** R-2920-04: the final reply is in, and believed once the follower's group is answered. */
    VERDICT_HELD,
    /** Nobody wants it any more; what was begun is undone. */
    UNDOING,
    /** Its session has nothing more to do with it. */
    ENDED
}
