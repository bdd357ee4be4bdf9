/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Event loops that tell what is left on them. */
final class TrackedLoops extends MultiThreadIoEventLoopGroup {
    TrackedLoops(int threads, String name, IoHandlerFactory handlers) {
        super(threads, new DefaultThreadFactory(name, true), handlers);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... arguments) {
        return new Loop(this, executor, handlers);
    }

    private static final class Loop extends SingleThreadIoEventLoop {
        Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers) {
            super(parent, executor, handlers);
        }

        boolean hasTimer() {
            return nextScheduledTaskNano() != -1;
        }
    }

    /** Channels and timers that are left, in words; empty if there are none. */
    List<String> leftovers() {
        List<String> left = new ArrayList<>();
        for (EventExecutor executor : this) {
            Loop loop = (Loop) executor;
            loop.submit(() -> {
                        if (loop.registeredChannels() > 0) {
                            left.add(loop.registeredChannels() + " channels");
                        }
                        if (loop.hasTimer()) {
                            left.add("a timer");
                        }
                    })
                    .syncUninterruptibly();
        }
        return left;
    }
}
