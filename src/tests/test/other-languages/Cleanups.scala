package dev.lastly.example

import dev.lastly.{DeferredFunction, JobContext}
import dev.lastly.cleanup.{Command, Commands}
import java.nio.file.{Files, Path}
import java.util.concurrent.Callable
import java.util.function.Supplier

// tag::defer[]
class Cleanups // gives the methods of its companion a class with a name
object Cleanups {
  def discard(file: Path): Unit = Files.deleteIfExists(file)
}

def work(job: JobContext, file: Path): Unit =
  job.defer(DeferredFunction.of(classOf[Cleanups], "discard", file))
// end::defer[]

case class Lease(file: String, holder: String)

opaque type ContainerId = String
object ContainerId { def apply(text: String): ContainerId = text }

class Wrapped(val text: String) extends AnyVal

enum ScalaKind { case Small, Large }
enum JavaKind extends java.lang.Enum[JavaKind] { case Small, Large }

object Alone { def discard(file: Path): Unit = () }

class Forms
object Forms {
  def opaqueType(id: ContainerId): Unit = ()
  def valueClass(id: Wrapped): Unit = ()
  def javaList(files: java.util.List[String]): Unit = ()
  def javaKind(kind: JavaKind): Unit = ()
  def caseClass(lease: Lease): Unit = ()
  def scalaList(files: List[String]): Unit = ()
  def option(file: Option[String]): Unit = ()
  def scalaKind(kind: ScalaKind): Unit = ()
  def withDefault(file: Path, deep: Boolean = true): Unit = ()
}

type Functions = java.util.Map[String, Callable[DeferredFunction]]

private val file = Path.of("/lease")

private def byName(function: String, arguments: AnyRef*): Callable[DeferredFunction] =
  () => DeferredFunction.of(classOf[Forms], function, arguments*)

class Accepted extends Supplier[Functions] {
  override def get(): Functions =
    java.util.Map.of(
      "method of an `object`, by its companion class",
      () => DeferredFunction.of(classOf[Cleanups], "discard", file),
      "method of an `object` without a companion class, by `Class.forName` without the `$`",
      () => DeferredFunction.of(Class.forName("dev.lastly.example.Alone"), "discard", file),
      "opaque type as an argument",
      byName("opaqueType", ContainerId("a").asInstanceOf[AnyRef]),
      "method that takes a value class (`AnyVal`), given the value inside",
      byName("valueClass", Wrapped("a").text),
      "record of Java, or a `java.util.List`, as an argument",
      () => { byName("javaList", java.util.List.of("a")).call(); DeferredFunction.of(classOf[Commands], "run", Command.of("true")) },
      "`enum` that extends `java.lang.Enum` as an argument",
      byName("javaKind", JavaKind.Large)
    )
}

class Refused extends Supplier[Functions] {
  override def get(): Functions =
    java.util.Map.of(
      "method of an `object`, by `classOf[Alone.type]`",
      () => DeferredFunction.of(classOf[Alone.type], "discard", file),
      "`case class` as an argument",
      byName("caseClass", Lease("/lease", "worker 7")),
      "Scala's `List` as an argument",
      byName("scalaList", List("a")),
      "`Option` as an argument",
      byName("option", Some("a")),
      "`enum` that does not extend `java.lang.Enum` as an argument",
      byName("scalaKind", ScalaKind.Large),
      "method without the arguments that have defaults",
      byName("withDefault", file)
    )
}
