/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/**
 * The parameters of MAIL, always written in the order of this record.
 *
 * @param size the value of SIZE (RFC 1870): octets of the content before dot-stuffing; -1 to leave it out
 * @param body the value of BODY; {@link BodyType#SEVEN_BIT} is left out
 * @param smtpUtf8 whether SMTPUTF8 is given (RFC 6531)
 */
public record MailParameters(long size, BodyType body, boolean smtpUtf8) {
    /** No parameter at all. */
    public static final MailParameters NONE = new MailParameters(-1, BodyType.SEVEN_BIT, false);

    /** Checks the size. */
    public MailParameters {
        if (size < -1) {
            throw new SmtpSyntaxException("SIZE must not be negative, found " + size, -1);
        }
    }

    void appendTo(StringBuilder line) {
        if (size >= 0) {
            line.append(" SIZE=").append(size);
        }
        if (body != BodyType.SEVEN_BIT) {
            line.append(" BODY=").append(body.keyword());
        }
        if (smtpUtf8) {
            line.append(" SMTPUTF8");
        }
    }
}
