/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommandPipelineTest {
    private final CommandPipeline pipeline = new CommandPipeline();

    private static Exchange rset() {
        return exchange(Command.Simple.RSET);
    }

    private static Exchange exchange(@Nullable Command command) {
        return new Exchange(command, Phase.RSET) {
            @Override
            public void onReply(Reply reply) {}

            @Override
            public void onFailure(Failure failure) {}
        };
    }

    private Exchange add(Command command) {
        Exchange exchange = exchange(command);
        pipeline.add(exchange);
        return exchange;
    }

    @Test
    void R_2920_01_lockStepUnlessAllowed() {
        Exchange first = add(Command.Simple.RSET);
        Exchange second = add(Command.Simple.RSET);
        assertThat(pipeline.nextToWrite()).isSameAs(first);
        assertThat(pipeline.nextToWrite()).isNull();
        assertThat(pipeline.ownerOfReply()).isSameAs(first);
        assertThat(pipeline.nextToWrite()).isSameAs(second);
    }

    @Test
    void R_2920_02_groupEndsBehindNoop() {
        pipeline.pipelining(true);
        Exchange rset = add(Command.Simple.RSET);
        Exchange noop = add(Command.Simple.NOOP);
        Exchange last = add(Command.Simple.RSET);
        assertThat(pipeline.nextToWrite()).isSameAs(rset);
        assertThat(pipeline.nextToWrite()).isSameAs(noop);
        assertThat(pipeline.nextToWrite()).isNull();
        assertThat(pipeline.ownerOfReply()).isSameAs(rset);
        assertThat(pipeline.nextToWrite()).isNull();
        assertThat(pipeline.ownerOfReply()).isSameAs(noop);
        assertThat(pipeline.nextToWrite()).isSameAs(last);
    }

    @Test
    void R_2920_11_windowSlides() {
        pipeline.pipelining(true);
        for (int i = 0; i < CommandPipeline.WINDOW + 2; i++) {
            add(Command.Simple.RSET);
        }
        for (int i = 0; i < CommandPipeline.WINDOW; i++) {
            assertThat(pipeline.nextToWrite()).isNotNull();
        }
        assertThat(pipeline.nextToWrite()).isNull();
        pipeline.ownerOfReply();
        assertThat(pipeline.nextToWrite()).isNotNull();
        assertThat(pipeline.nextToWrite()).isNull();
    }

    @Test
    void R_5321_82_whatIsNotWrittenOwnsNoReply() {
        add(Command.Simple.RSET);
        assertThat(pipeline.ownerOfReply()).isNull();
        assertThat(pipeline.head()).isNull();
    }

    @Test
    void R_2920_05_repliesComeInOrder() {
        pipeline.pipelining(true);
        Exchange first = add(Command.Simple.RSET);
        Exchange second = add(Command.Simple.RSET);
        pipeline.nextToWrite();
        pipeline.nextToWrite();
        assertThat(pipeline.head()).isSameAs(first);
        assertThat(pipeline.ownerOfReply()).isSameAs(first);
        assertThat(pipeline.ownerOfReply()).isSameAs(second);
        assertThat(pipeline.ownerOfReply()).isNull();
        assertThat(pipeline.isEmpty()).isTrue();
    }

    @Test
    void R_5321_15_nothingIsWrittenBeforeAnExpectedReply() {
        pipeline.pipelining(true);
        Exchange greeting = rset();
        pipeline.expect(greeting);
        add(Command.Simple.RSET);
        assertThat(pipeline.nextToWrite()).isNull();
        assertThat(pipeline.ownerOfReply()).isSameAs(greeting);
        assertThat(pipeline.nextToWrite()).isNotNull();
    }

    @Test
    void contentGoesFirst() {
        Exchange waiting = add(Command.Simple.RSET);
        Exchange content = exchange(null);
        pipeline.add(content);
        assertThat(pipeline.nextToWrite()).isSameAs(content);
        pipeline.ownerOfReply();
        assertThat(pipeline.nextToWrite()).isSameAs(waiting);
    }

    @Test
    void onlyWhatIsNotWrittenCanBeWithdrawn() {
        Exchange written = add(Command.Simple.RSET);
        Exchange kept = add(Command.Simple.NOOP);
        add(Command.Simple.RSET);
        pipeline.nextToWrite();
        assertThat(pipeline.withdraw(exchange -> exchange.command() == Command.Simple.RSET))
                .hasSize(1);
        assertThat(pipeline.drain()).containsExactly(written, kept);
        assertThat(pipeline.isEmpty()).isTrue();
    }
}
