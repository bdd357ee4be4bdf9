/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.internal.Encoder;
import io.pipepost.smtp.mail.internal.Piece;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.function.Supplier;

/** The octets of one part, under its header fields. */
sealed interface Body {
    /** Everything that is encoded on its way. */
    Supplier<Encoder> ENCODER = Base64Encoder::new;

    TransferEncoding encoding();

    /** How many octets it has when encoded; -1 if unknown. */
    long size();

    static Body ofText(String what, String text) {
        byte[] octets = CanonicalText.octets(what, text);
        TransferEncoding encoding = TransferEncoding.of(octets);
        return new Ready(encoding, encoding.encode(octets));
    }

    /** Octets that are encoded already. */
    final class Ready implements Body {
        private final TransferEncoding encoding;
        private final byte[] octets;

        Ready(TransferEncoding encoding, byte[] octets) {
            this.encoding = encoding;
            this.octets = octets;
        }

        byte[] octets() {
            return octets;
        }

        @Override
        public TransferEncoding encoding() {
            return encoding;
        }

        @Override
        public long size() {
            return octets.length;
        }
    }

    /** Octets in memory that become base64, at once or on their way. */
    final class Plain implements Body {
        private final byte[] octets;

        Plain(byte[] octets) {
            this.octets = octets;
        }

        byte[] encoded() {
            return Base64Encoder.encode(octets);
        }

        Piece piece() {
            return Piece.of(octets, ENCODER);
        }

        @Override
        public TransferEncoding encoding() {
            return TransferEncoding.BASE64;
        }

        @Override
        public long size() {
            return Base64Encoder.encodedLength(octets.length);
        }
    }

    /**
     * Octets from elsewhere that become base64 on their way.
     *
     * @param name what they are called if something is wrong with them
     * @param publisher gives them, anew each time
     * @param octets how many; -1 if unknown
     */
    record Streamed(
            String name, Function<? super Executor, ? extends Flow.Publisher<ByteBuffer>> publisher, long octets)
            implements Body {
        Piece piece() {
            return new Piece.Source(name, publisher, octets, ENCODER);
        }

        @Override
        public TransferEncoding encoding() {
            return TransferEncoding.BASE64;
        }

        @Override
        public long size() {
            return octets < 0 ? -1 : Base64Encoder.encodedLength(octets);
        }
    }
}
