/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.nio.ByteBuffer;

/** Changes octets on their way, buffer by buffer; used for one reading. */
public interface Encoder {
    /** Changes nothing. */
    Encoder IDENTITY = new Encoder() {
        @Override
        public ByteBuffer encode(ByteBuffer piece) {
            return piece;
        }

        @Override
        public ByteBuffer finish() {
            return ByteBuffer.allocate(0);
        }
    };

    /**
     * Encodes a piece.
     *
     * @param piece the next octets; read to its end, or given back
     * @return what can be passed on; may be empty
     */
    ByteBuffer encode(ByteBuffer piece);

    /**
     * Ends the encoding.
     *
     * @return what is left to pass on; may be empty
     */
    ByteBuffer finish();
}
