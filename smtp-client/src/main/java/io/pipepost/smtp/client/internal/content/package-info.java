/** Content to octets: from memory, a file or a publisher, at once, in pieces or in chunks. */
@NullMarked
package io.pipepost.smtp.client.internal.content;

import org.jspecify.annotations.NullMarked;
