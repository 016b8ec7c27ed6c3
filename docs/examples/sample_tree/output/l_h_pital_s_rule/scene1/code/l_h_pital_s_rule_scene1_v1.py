from manim import *

# version 1
class Scene1(Scene):
    def construct(self):
        self.play(Write(Text("a² + b² = c²")))
