import java.time.Duration

plugins {
    java
}
repositories {
    mavenLocal()
    mavenCentral()
}
dependencies {
    implementation(platform("dev.lastly:lastly-bom:0.1.0-SNAPSHOT"))
    implementation("dev.lastly:lastly")
    testImplementation("dev.lastly:lastly-testkit")
    testImplementation("org.junit.jupiter:junit-jupiter:6.1.3")
    testRuntimeOnly("org.junit.platform:junit-platform-launcher:6.1.3")
}
tasks.test {
    useJUnitPlatform()
    timeout = Duration.ofMinutes(10)
}
