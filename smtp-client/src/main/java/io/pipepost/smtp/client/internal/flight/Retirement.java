/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

/** Why a session takes no further transactions; those that it carries are finished. */
public enum Retirement {
    /** It takes them. */
    NONE,
    /** Whoever it belongs to has asked for it. */
    ASKED,
    /** RFC 9422: what the server takes in one session is used up. */
    LIMITS,
    /** R-2920-21: servers close after so many errors in a row; it leaves before. */
    REFUSALS,
    /** R-5321-83: the server says that it has carried enough. */
    WORN_OUT,
    /** R-2920-17: the server takes no transaction behind another's content. */
    DENIED_OVERLAP,
    /** R-2920-21: the server refuses to forget a transaction. */
    RESET_REFUSED,
    /** A transaction can be undone only by ending the connection. */
    DROPPING
}
