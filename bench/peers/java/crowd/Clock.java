package crowd;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The processor time of the whole process and the time on the wall, from the first event to the last change. */
final class Clock {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    static volatile long spent;
    static volatile long passed;

    private Clock() {}

    static void start() {
        passed = -System.nanoTime();
        spent = -SYSTEM.getProcessCpuTime();
    }

    static void stop() {
        spent += SYSTEM.getProcessCpuTime();
        passed += System.nanoTime();
    }
}
