/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/** The way to the operating system's sockets, for clients with event loops of their own. */
public enum TransportType {
    /** epoll, then kqueue, then NIO, whichever is available. */
    AUTO,
    /** The JDK's; always available. */
    NIO,
    /** Linux epoll; needs netty-transport-native-epoll. */
    EPOLL,
    /** macOS and BSD kqueue; needs netty-transport-native-kqueue. */
    KQUEUE,
    /** Linux io_uring; needs netty-transport-native-io_uring. */
    IO_URING
}
