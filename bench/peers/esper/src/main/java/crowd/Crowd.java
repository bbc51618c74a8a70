package crowd;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.DeploymentOptions;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;
import com.espertech.esper.common.client.EventSender;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * S1 in Esper: one statement for each kind and window, whose listener compares the count with what segments ask for,
 * so that a window that several segments ask for is held once. Time is that of the events, and goes through every
 * instant at which something leaves a window. Without locks and without threads of its own.
 *
 * <p>Each line of standard input plays all events once, and then a silence in which the last member leaves. The answer:
 * seconds of processor time, and the changes.
 */
public final class Crowd {
    private static final long SILENCE = 366 * Workload.DAY;
    // A late event leaves its window so long after its own time, as the others do.
    private static final String STATEMENT = "@EventRepresentation(objectarray) select irstream person, count(*) as n "
            + "from Happening(kind = %d)#timetolive(time + %dL) group by person;%n";

    private record Window(int kind, long length) {}

    private Crowd() {}

    public static void main(String[] arguments) throws Exception {
        Workload.load(Path.of(arguments[0]));
        Map<Window, List<Workload.Condition>> windows = Arrays.stream(Workload.conditions)
                .collect(Collectors.groupingBy(each -> new Window(each.kind(), each.window())));
        List<Window> order = List.copyOf(windows.keySet());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < order.size(); i++) {
            text.append(String.format("@name('w%d') ", i));
            text.append(String.format(STATEMENT, order.get(i).kind(), order.get(i).length()));
        }
        Configuration configuration = new Configuration();
        configuration.getCommon().addEventType("Happening", Happening.class);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        configuration.getRuntime().getThreading().setListenerDispatchPreserveOrder(false);
        configuration.getRuntime().getExecution().setDisableLocking(true);
        EPCompiled compiled = EPCompilerProvider.getCompiler().compile(text.toString(), new CompilerArguments(configuration));
        System.out.println("ready");
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        for (int round = 0; asked.readLine() != null; round++) {
            EPRuntime runtime = EPRuntimeProvider.getRuntime("round" + round, configuration);
            runtime.getEventService().advanceTime(Workload.times[0] - 1);
            Changes told = new Changes();
            String deployment = runtime.getDeploymentService().deploy(compiled, new DeploymentOptions()).getDeploymentId();
            for (int i = 0; i < order.size(); i++) {
                EPStatement statement = runtime.getDeploymentService().getStatement(deployment, "w" + i);
                statement.addListener(new Thresholds(windows.get(order.get(i)), told));
            }
            play(runtime.getEventService());
            runtime.destroy();
            System.out.printf(Locale.ROOT, "%.9f %s %d%n", Clock.spent * 1e-9, told, Clock.passed);
        }
    }

    private static void play(EPEventService service) {
        EventSender sender = service.getEventSender("Happening");
        long now = Long.MIN_VALUE;
        Clock.start();
        for (int i = 0; i < Workload.times.length; i++) {
            if (Workload.times[i] > now) {
                now = Workload.times[i];
                service.advanceTimeSpan(now);
            }
            sender.sendEvent(new Happening(Workload.persons[i], Workload.kinds[i], Workload.times[i]));
        }
        service.advanceTimeSpan(now + SILENCE);
        Clock.stop();
    }
}
