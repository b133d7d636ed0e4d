package dev.lastly.example

import dev.lastly.DeferredFunction
import dev.lastly.JobContext
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.function.Supplier

// tag::defer[]
@JvmRecord
data class Lease(val file: Path, val holder: String)

object Cleanups {
  @JvmStatic
  fun release(lease: Lease) {
    Files.deleteIfExists(lease.file)
  }
}

fun work(job: JobContext, file: Path) {
  job.defer(DeferredFunction.of(Cleanups::class.java, "release", Lease(file, "worker 7")))
}
// end::defer[]

data class PlainLease(val file: Path, val holder: String)

@JvmInline value class ContainerId(val text: String)

object Forms {
  @JvmStatic fun static(file: Path) = Unit

  fun ofTheObject(file: Path) = Unit

  @JvmStatic fun plainLease(lease: PlainLease) = Unit

  @JvmStatic @JvmName("remove") fun remove(id: ContainerId) = Unit

  @JvmStatic fun mangled(id: ContainerId) = Unit

  @JvmStatic @JvmOverloads fun withDefault(file: Path, deep: Boolean = true) = Unit

  @JvmStatic fun collections(files: List<String>, sizes: Map<String, Int>) = Unit

  @JvmStatic suspend fun suspending(file: Path) = Unit
}

class Worker {
  companion object {
    @JvmStatic fun static(file: Path) = Unit
  }
}

fun topLevel(file: Path) = Unit

private val file = Path.of("/lease")

private fun byName(function: String, vararg arguments: Any?) =
    Callable { DeferredFunction.of(Forms::class.java, function, *arguments) }

class Accepted : Supplier<Map<String, Callable<DeferredFunction>>> {
  override fun get() =
      mapOf(
          "`@JvmStatic` function of an `object`" to byName("static", file),
          "`@JvmStatic` function of a companion object, by the class around it" to
              Callable { DeferredFunction.of(Worker::class.java, "static", file) },
          "top-level function of `Cleanups.kt`, by the class `CleanupsKt`" to
              Callable {
                DeferredFunction.of(Class.forName("dev.lastly.example.CleanupsKt"), "topLevel", file)
              },
          "function with `@JvmOverloads`, without the arguments that have defaults" to
              byName("withDefault", file),
          "function with `@JvmName` that takes a value class, given the value inside" to
              byName("remove", ContainerId("a").text),
          "`data class` with `@JvmRecord` as an argument" to
              Callable {
                DeferredFunction.of(Cleanups::class.java, "release", Lease(file, "worker 7"))
              },
          "`List` and `Map` as arguments" to byName("collections", listOf("a"), mapOf("a" to 1)),
      )
}

class Refused : Supplier<Map<String, Callable<DeferredFunction>>> {
  override fun get() =
      mapOf(
          "function of an `object` without `@JvmStatic`" to byName("ofTheObject", file),
          "reference to a function of an `object`, such as `Cleanups::release`" to
              Callable { DeferredFunction.create(Forms::static, file) },
          "function that takes a value class, without `@JvmName`" to
              byName("mangled", ContainerId("a")),
          "`data class` without `@JvmRecord` as an argument" to
              byName("plainLease", PlainLease(file, "worker 7")),
          "`suspend` function" to byName("suspending", file),
      )
}
