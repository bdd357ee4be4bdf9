/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** One reading of a {@link FileSource}; for one thread at a time. */
public final class FileOctets implements AutoCloseable {
    private final FileSource source;
    private final FileChannel channel;
    private final long size;
    private final CRC32C sum = new CRC32C();
    private long octets;

    FileOctets(FileSource source, FileChannel channel, long size) {
        this.source = source;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Reads on.
     *
     * @param into takes as many octets as are there
     * @return false at the end of the file, which has not changed until then
     * @throws IOException if it cannot be read, or is not what it was
     */
    public boolean read(ByteBuffer into) throws IOException {
        int start = into.position();
        int count = readOn(into);
        if (count > 0) {
            octets += count;
            sum.update(into.duplicate().flip().position(start));
        }
        if (count < 0 || octets > size) {
            requireUnchanged();
        }
        return count >= 0;
    }

    private void requireUnchanged() throws IOException {
        source.look();
        if (octets != size) {
            throw new IOException("The file %s gave %d octets%s, but its size is %d"
                    .formatted(source, octets, octets > size ? " or more" : "", size));
        }
        source.confirm(sum.getValue());
    }

    private int readOn(ByteBuffer into) throws IOException {
        try {
            return channel.read(into);
        } catch (IOException e) {
            throw source.failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
