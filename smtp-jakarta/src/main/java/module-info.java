/** For programs that use Jakarta Mail: its transports, and its messages as content. */
module io.pipepost.smtp.jakarta {
    requires static transitive org.jspecify;
    requires transitive io.pipepost.smtp.client;
    requires transitive jakarta.mail;
    requires io.netty.common;

    exports io.pipepost.smtp.jakarta;

    provides jakarta.mail.Provider with
            io.pipepost.smtp.jakarta.PipepostProvider,
            io.pipepost.smtp.jakarta.PipepostSslProvider;
}
