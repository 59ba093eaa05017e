public import SluiceBase
public import SluicePlanner
public import SluiceRuntime

extension Session {
    /// Starts a planned job. `results` takes the rows of a query.
    public func start(
        _ job: PlannedJob, results: (any ResultConsumer)? = nil
    ) throws(SQLError) -> JobRunner {
        do throws(JobError) {
            let runner = try JobRunner.start(job.graph, jobEnvironment, results: results)
            jobs.add(runner)
            return runner
        } catch {
            throw error.cause
        }
    }
}
